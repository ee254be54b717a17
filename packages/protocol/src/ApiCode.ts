/**
 * The apiCodes of the service: the reason inside an answer whose HTTP status is 200.
 *
 * This table is the one place for what is known of a code. The client's error classes, the emulator, the
 * README's error table and the tests read it; nothing else names a number.
 */
import type { Category, Met, RetryKind } from "./Classification.ts"

export type { Met } from "./Classification.ts"

/** What is known of one apiCode. */
export interface ApiCode {
  readonly apiCode: number
  /** Our name for it, in PascalCase; for met codes also the `_tag` of the error. The vendor publishes no names. */
  readonly name: string
  /** The vendor's text in English. */
  readonly meaning: string
  readonly met: Met
  /** Whether and how the same call may be repeated. */
  readonly retry: RetryKind
  readonly category: Category
  /** Where the code is documented. */
  readonly source: string
  /** The envelope statusCode seen beside it in a published sample, where there is one. */
  readonly statusCode: number | undefined
}

const v2List = "V2 list: Authing/docs docs/reference/error-code.md"
const v3List = "V3 list: genauth-docs and docs-v3 error-code.md"
const bothLists = `${v3List}; also V2`
const guardEnums = "Authing/Guard source (ApiCode and ErrorCode enums), where only the name is published"

const row = (
  apiCode: number,
  name: string,
  met: Met,
  retry: RetryKind,
  category: Category,
  meaning: string,
  source: string,
  statusCode?: number,
): ApiCode => ({
  apiCode,
  name,
  meaning,
  met,
  retry,
  category,
  source,
  statusCode,
})

// The V3 and the V2 list disagree on some meanings (2040); the V3 list wins, being the newer one.
/** Every published apiCode, in ascending order. */
export const all: ReadonlyArray<ApiCode> = [
  row(0, "PlaceholderZero", "yes", "never", "placeholder", "placeholder in old success samples", "node SDK branches (246)", 200),
  row(1000, "SystemBusy", "yes", "backoff", "server", "system busy, try later", v2List),
  row(1001, "PermissionDenied", "yes", "never", "permission", "no right for this operation", v2List),
  row(1108, "UserNameDuplicate", "no", "never", "login", "user name duplicate", guardEnums),
  row(1300, "SignatureInvalid", "yes", "never", "signature", "signature wrong", v3List),
  row(1301, "SignatureMethodMismatch", "yes", "never", "signature", "signature method not the one the server expects", v3List),
  row(1302, "SignatureVersionMismatch", "yes", "never", "signature", "signature version not the one the server expects", v3List),
  row(1303, "TimestampMalformed", "yes", "never", "signature", "timestamp format wrong (text asks for Unix milliseconds)", v3List),
  row(1304, "DateHeaderMissing", "yes", "never", "signature", "date header missing", v3List),
  row(1305, "ClockSkewed", "yes", "clock", "signature", "client and server clocks too far apart", v3List),
  row(1306, "SignatureReplayed", "yes", "resign", "signature", "this signature was already used", v3List),
  row(1576, "ApplicationLoginForbidden", "no", "never", "login", "no right to log in to the application", "Authing/docs docs/reference-new/other/error-code.md"),
  row(1600, "PostLoginFlowFinished", "no", "never", "login", "post-login flow finished, login state set", v3List),
  row(1635, "PersonalMfaNeeded", "no", "never", "login", "personal MFA step needed", v3List),
  row(1636, "ApplicationMfaNeeded", "no", "never", "login", "application MFA step needed", v3List),
  row(1639, "FirstLoginPasswordNeeded", "no", "never", "login", "first login, new password needed without the old one", v3List),
  row(1640, "BindExistingAccountNeeded", "no", "never", "login", "federated login asks to bind, existing account only", v3List),
  row(1641, "BindAccountNeeded", "no", "never", "login", "federated login asks to bind, existing or new account", v3List),
  row(1642, "ProfileCompletionNeeded", "no", "never", "login", "profile completion needed", v3List),
  row(1643, "SelfUnlockAvailable", "no", "never", "login", "user may unlock himself", v3List),
  row(1644, "TenantPortalSelection", "no", "never", "login", "tenant portal selection", guardEnums),
  row(1645, "TenantProfileCompletionNeeded", "no", "never", "login", "tenant profile completion", guardEnums),
  row(1666, "IdentityBoundSilently", "no", "never", "login", "identity binding without asking", guardEnums),
  row(1699, "PostLoginFlowStopped", "no", "never", "login", "post-login flow stopped early, back to login page", v3List),
  row(1700, "FacePhotoMissing", "no", "never", "login", "face photo not uploaded", v3List),
  row(1701, "FaceComparisonMissing", "no", "never", "login", "picture to compare not uploaded", v3List),
  row(1702, "FaceCheckFailed", "no", "never", "login", "face check failed", v3List),
  row(1703, "FaceContactMissing", "no", "never", "login", "no e-mail or phone bound, face cannot be bound", v3List),
  row(1704, "FacePhoneCheckFailed", "no", "never", "login", "phone check failed while binding a face", v3List),
  row(1705, "FaceEmailCheckFailed", "no", "never", "login", "e-mail check failed while binding a face", v3List),
  row(1706, "FaceAlreadyBound", "no", "never", "login", "face already bound", v3List),
  row(1707, "FaceBindingFailed", "no", "never", "login", "binding the face failed", v3List),
  row(1708, "TenantCreationFailed", "no", "never", "login", "tenant creation error", guardEnums),
  row(2000, "CaptchaNeeded", "no", "never", "login", "account looks abnormal, captcha needed", v2List),
  row(2001, "CaptchaWrong", "no", "never", "login", "captcha wrong", v2List),
  row(2002, "LoginQuotaExhausted", "no", "never", "login", "monthly login quota used up", v2List),
  row(2003, "RegistrationEmailMalformed", "no", "never", "registration", "e-mail format wrong", v2List),
  row(2004, "UserNotFound", "yes", "never", "user", "user not found", bothLists),
  row(2005, "UserLocked", "maybe", "never", "user", "user is locked", bothLists),
  row(2006, "PasswordWrong", "no", "never", "login", "password wrong", bothLists),
  row(2007, "ApplicationNameForbidden", "no", "never", "settings", "application name not allowed", v2List),
  row(2008, "ApplicationNameTaken", "no", "never", "settings", "application name exists", v2List),
  row(2009, "ApplicationTypeForbidden", "no", "never", "settings", "application type not allowed", v2List),
  row(2010, "ApplicationIdMissing", "maybe", "never", "request", "id of the application is missing", v2List),
  row(2011, "ApplicationNotFound", "yes", "never", "application", "application does not exist", bothLists, 499),
  row(2012, "DefaultUserGroupMissing", "no", "never", "other", "default user group missing", v2List),
  row(2013, "ApplicationDescriptionForbidden", "no", "never", "other", "application description not allowed", v2List),
  row(2014, "UserSearchMalformed", "no", "never", "other", "bad input in user search", v2List),
  row(2015, "UserSearchTypeForbidden", "no", "never", "other", "search type not allowed", v2List),
  row(2016, "PasswordDecryptionFailed", "no", "never", "other", "client password could not be decrypted", v2List),
  row(2017, "MailTemplateMacroFailed", "no", "never", "other", "mail template macro error", v2List),
  row(2018, "UserChangeForbidden", "no", "never", "other", "user may not change this", v2List),
  row(2019, "PasswordChangeUnverified", "no", "never", "other", "verification needed before a password change", v2List),
  row(2020, "NotLoggedIn", "yes", "renewToken", "credentials", "not logged in, no right to call", `${bothLists}; the n8n node takes it for an expired token`),
  row(2021, "MailTemplateMissing", "no", "never", "other", "mail not sent, template missing", v2List),
  row(2022, "VerificationMailTemplateMissing", "no", "never", "other", "mail verification failed, template missing", v2List),
  row(2023, "VerificationLinkExpired", "no", "never", "other", "verification link expired", v2List),
  row(2024, "DescriptionTooLong", "no", "never", "other", "description longer than 140 characters", v2List),
  row(2025, "MailProviderFailed", "no", "never", "other", "default mail provider failed", v2List),
  row(2026, "UserExists", "no", "never", "registration", "user exists already", v2List),
  row(2027, "UserHasNoPassword", "no", "never", "login", "user came by OAuth and has no password", v2List),
  row(2028, "ContactMalformed", "maybe", "never", "request", "correct phone or e-mail needed", v2List),
  row(2029, "PasswordTooShort", "no", "never", "other", "password shorter than 6", v2List),
  row(2030, "TooManyUsersQueried", "no", "never", "other", "more than 80 users in one query", v2List),
  row(2031, "RegistrationDisabled", "no", "never", "registration", "registration switched off for the app", bothLists),
  row(2032, "RegistrationPasswordMissing", "no", "never", "other", "password needed to register", v2List),
  row(2034, "UserNameTaken", "no", "never", "other", "user name exists", v2List),
  row(2035, "PhoneAlreadyBound", "no", "never", "other", "phone already bound", v2List),
  row(2036, "UserNotInUserPool", "yes", "never", "user", "user is not in this pool", v2List),
  row(2037, "OldEmailMismatch", "no", "never", "other", "old e-mail does not match", v2List),
  row(2038, "OldPhoneMismatch", "no", "never", "other", "old phone does not match", v2List),
  row(2039, "ApplicationDomainTaken", "no", "never", "settings", "application domain taken (V2 list: domain taken)", bothLists),
  row(2040, "UserPoolDomainTakenOrSeatsExhausted", "no", "never", "settings", "V3: user pool domain taken; V2: seat quota used up (the two lists disagree)", bothLists),
  row(2057, "LockedAfterFailures", "no", "never", "login", "locked after repeated errors", guardEnums),
  row(2058, "PasswordResetForced", "no", "never", "login", "password reset forced, old one needed", `${v3List}; also Guard`),
  row(2061, "PasswordWeak", "no", "never", "login", "weak password hint", guardEnums),
  row(2071, "PasswordUnsafe", "no", "never", "login", "unsafe password, reset needed", guardEnums),
  row(2080, "MailOrCaptchaStep", "no", "never", "login", "mail or captcha step", guardEnums),
  row(2100, "RegistrationThrottled", "no", "never", "registration", "registering too often", v2List),
  row(2101, "ApplicationIdNeeded", "maybe", "never", "request", "application id needed", v2List),
  row(2200, "EmailAlreadyBound", "no", "never", "other", "e-mail already bound", v2List),
  row(2201, "OldPasswordNeeded", "no", "never", "other", "old password needed", v2List),
  row(2202, "DataOfAnotherUser", "no", "never", "other", "data of another user", v2List),
  row(2203, "OldPasswordWrong", "no", "never", "other", "old password wrong", v2List),
  row(2204, "EmailMalformed", "maybe", "never", "request", "e-mail format wrong", v2List),
  row(2205, "RegisterInClientMissing", "no", "never", "other", "parameter registerInClient missing", v2List),
  row(2206, "LoginExpired", "yes", "renewToken", "credentials", "login expired", v2List),
  row(2207, "LoginInvalid", "yes", "renewToken", "credentials", "login data wrong", v2List),
  row(2209, "UserDeletionForbidden", "no", "never", "other", "no right to delete the user", v2List),
  row(2210, "UserDeletionFailed", "no", "never", "other", "delete failed or user absent", v2List),
  row(2211, "UsernameMissing", "no", "never", "other", "parameter username missing", v2List),
  row(2212, "RootUserUndeletable", "no", "never", "other", "root user cannot be deleted", v2List),
  row(2213, "OAuthAlreadyBound", "no", "never", "other", "OAuth login already bound", v2List),
  row(2214, "OAuthBindingsUnreadable", "no", "never", "other", "bound OAuth logins could not be read", v2List),
  row(2215, "OAuthBoundElsewhere", "no", "never", "other", "OAuth account bound elsewhere", v2List),
  row(2216, "OAuthNotBound", "no", "never", "other", "OAuth login was not bound", v2List),
  row(2217, "LastLoginMethod", "no", "never", "other", "last login method cannot be unbound", v2List),
  row(2218, "PasswordChangeWithoutEmail", "no", "never", "other", "no e-mail bound, password change refused", v2List),
  row(2219, "EmailNotBound", "no", "never", "other", "no e-mail bound", v2List),
  row(2220, "OAuthApplicationNameTaken", "no", "never", "other", "OAuth app name exists", v2List),
  row(2221, "OAuthApplicationNotFound", "no", "never", "other", "OAuth app to update does not exist", v2List),
  row(2222, "DomainReserved", "no", "never", "other", "reserved domain", v2List),
  row(2223, "DomainTaken", "no", "never", "other", "domain in use", v2List),
  row(2224, "UserPoolNotFound", "yes", "never", "credentials", "user pool does not exist", bothLists),
  row(2225, "UpdateEmailRequired", "no", "never", "other", "use updateEmail", v2List),
  row(2226, "UpdatePhoneRequired", "no", "never", "other", "use updatePhone", v2List),
  row(2227, "OldEmailUnverified", "no", "never", "other", "old e-mail must be verified", v2List),
  row(2229, "EmailUnchanged", "no", "never", "other", "new e-mail equals old", v2List),
  row(2230, "PhoneUnchanged", "no", "never", "other", "new phone equals old", v2List),
  row(2231, "ParametersIncomplete", "yes", "never", "request", "request parameters incomplete", v2List),
  row(2300, "VerificationCodeExpired", "no", "never", "other", "verification code expired", v2List),
  row(2333, "AccountOrPasswordWrong", "no", "never", "login", "user name or password wrong", `${v3List}; also Guard`, 403),
  row(2401, "SsoSessionNotFound", "maybe", "never", "user", "SSO session of the mobile app does not exist", v2List),
  row(2921, "AccountSelectionNeeded", "no", "never", "login", "choose an account in the flow", guardEnums),
  row(3012, "MacroFailed", "no", "never", "other", "macro failed", v2List),
  row(3013, "MailFailed", "no", "never", "other", "mail error", v2List),
  row(3014, "MailTransporterMissing", "no", "never", "other", "mail transporter missing", v2List),
  row(3617, "CollaboratorAdditionForbidden", "no", "never", "other", "may not add collaborator", v2List),
  row(3618, "PermissionAdditionForbidden", "no", "never", "other", "may not add permission", v2List),
  row(3619, "CollaborationPoolsHidden", "no", "never", "other", "may not see collaboration pools", v2List),
  row(3620, "CollaboratorExists", "no", "never", "other", "collaborator exists", v2List),
  row(3621, "CollaborationRemovalForbidden", "no", "never", "other", "may not remove collaboration", v2List),
  row(3622, "CollaboratorListForbidden", "no", "never", "other", "may not list collaborators", v2List),
  row(3623, "CollaborationNotFound", "maybe", "never", "permission", "collaboration does not exist", v2List),
  row(3624, "CollaboratorChangeForbidden", "no", "never", "other", "may not change collaborator", v2List),
  row(3829, "SubdomainTaken", "no", "never", "other", "subdomain taken", v2List),
  // Run 37869189187 of the acceptance tests of hefanxu/terraform-provider-authing.
  row(4004, "ObjectNotFound", "maybe", "never", "notFound", "object not found (observed on get-post)", "observed by terraform-provider-authing", 422),
  row(4021, "BillingFailed", "maybe", "never", "plan", "metering or billing error", v3List),
  row(4032, "InvitationExpired", "no", "never", "login", "invitation link expired", guardEnums),
  row(4212, "OidcApplicationNotFound", "maybe", "never", "application", "OIDC application does not exist", v2List),
  row(5000, "OrderApplicationNotFound", "no", "never", "other", "application of an order not found", v2List),
  row(5001, "OrderNotFound", "no", "never", "other", "order does not exist", v2List),
  row(5022, "OrderNotCreated", "no", "never", "other", "order not created", v2List),
  row(5023, "AlipayOrderNotCreated", "no", "never", "other", "Alipay order not created", v2List),
  row(5024, "OrderNotCreatedUnknown", "no", "never", "other", "order not created, unknown", v2List),
  row(5025, "OrderPriceForbidden", "no", "never", "other", "order price not allowed", v2List),
  row(6001, "TotpCodeWrong", "no", "never", "login", "TOTP code wrong", v3List),
  row(6002, "TotpRecoveryCodeWrong", "no", "never", "login", "TOTP recovery code wrong", v3List),
  row(6003, "TotpCodeMissing", "no", "never", "login", "TOTP code missing", v3List),
  row(6004, "TotpRecoveryCodeMissing", "no", "never", "login", "TOTP recovery code missing", v3List),
  row(7348, "SamlApplicationNotFound", "maybe", "never", "application", "SAML SP application does not exist", v2List),
  row(8128, "SamlAssertionFailed", "no", "never", "other", "SAML assertion failed", v2List),
  row(20001, "PlaceholderOldSuccess", "yes", "never", "placeholder", "placeholder in old success samples", "old V3 doc samples (docs-v3 162+18, node SDK branches 646)", 200),
  row(2120008, "UserNotInTenant", "maybe", "never", "tenant", "user disabled or not a member of this tenant", v3List),
  row(2130010, "TenantLoginForbidden", "maybe", "never", "tenant", "user may not log in to this tenant", v3List),
  row(2820002, "LdapLinkInvalid", "no", "never", "settings", "LDAP link invalid", v3List),
]

const byCode: ReadonlyMap<number, ApiCode> = new Map(all.map((code) => [code.apiCode, code]))

/** Looks a code up; `undefined` for one that no list knows. */
export const get = (apiCode: number): ApiCode | undefined => byCode.get(apiCode)

/**
 * The codes of old success samples (20001 in 646 places, 0 in 246). They carry no meaning: on a success they are no
 * failure, and on a failure the statusCode decides.
 */
export const isPlaceholder = (apiCode: number): boolean => byCode.get(apiCode)?.category === "placeholder"
