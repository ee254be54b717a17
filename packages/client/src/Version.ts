/** The version of this package, as it is sent in the sdk-version header. A test holds it to package.json. */
export const version = "0.1.0"
