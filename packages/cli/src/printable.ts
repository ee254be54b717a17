/** Text from elsewhere, safe to print: control characters would act on the terminal. */

/** As in JSON, and DEL and the C1 controls escaped as well, which JSON lets stand. */
export const printable = (text: string): string =>
  JSON.stringify(text)
    .slice(1, -1)
    .replaceAll(/[\u007f-\u009f]/g, (control) => `\\u00${control.charCodeAt(0).toString(16)}`)
