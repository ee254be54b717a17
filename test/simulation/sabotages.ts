/** Clients broken on purpose, one promise each: a simulation that does not find them out proves nothing. */
import { ApiError, type KickUsers, type ManagementClient } from "@genauth-effect/client"
import { Operation } from "@genauth-effect/protocol"
import { Duration, Effect, Fiber, Schedule } from "effect"
import { HttpClient } from "effect/http"
import type { Name } from "./invariants.ts"
import type { Sabotage } from "./World.ts"

const kicksBy = (
  change: (
    kick: ReturnType<ManagementClient.Service["kickUsers"]>,
  ) => ReturnType<ManagementClient.Service["kickUsers"]>,
): Pick<Sabotage, "service"> => ({
  service: (service) => ({ ...service, kickUsers: (request) => change(service.kickUsers(request)) }),
})

const kicksInstead = (
  change: (request: KickUsers.KickUsersDto) => KickUsers.KickUsersDto,
): Pick<Sabotage, "service"> => ({
  service: (service) => ({ ...service, kickUsers: (request) => service.kickUsers(change(request)) }),
})

const success = { statusCode: 200, message: "", data: { success: true } }

/** How the client is broken, and the promise that it breaks. */
export const all: Readonly<Record<string, { readonly breaks: Name; readonly sabotage: Sabotage }>> = {
  "says success without a kick": {
    breaks: "success means that the user is offline",
    sabotage: kicksBy((kick) => Effect.as(Effect.ignore(Effect.timeout(kick, 0)), success)),
  },
  "takes an answer that is no success for one": {
    breaks: "success means that the user is offline",
    sabotage: kicksBy((kick) =>
      Effect.catchTag(kick, ["ThrottleError", "UserNotFound"], () => Effect.succeed(success)),
    ),
  },
  "makes up its receipts": {
    breaks: "success has the receipt of a request that was carried out",
    sabotage: kicksBy((kick) => Effect.map(kick, (answer) => ({ ...answer, requestId: "made up" }))),
  },
  "calls a kick that was carried out a refusal": {
    breaks: "a definite failure changed nothing",
    sabotage: kicksBy((kick) =>
      Effect.flatMap(kick, () => Effect.fail(new ApiError.UserNotFound({ attempts: 1, outcomeUnknown: false }))),
    ),
  },
  "knows an outcome that it cannot know": {
    breaks: "a definite failure changed nothing",
    sabotage: kicksBy((kick) =>
      Effect.catchTag(kick, "RequestTimedOut", (error) =>
        Effect.fail(new ApiError.RequestTimedOut({ ...error, outcomeUnknown: false })),
      ),
    ),
  },
  "knows nothing of what it sent": {
    breaks: "an outcome is unknown only if something was sent",
    sabotage: kicksBy((kick) =>
      Effect.catchTag(kick, "CircuitOpen", (error) =>
        Effect.fail(new ApiError.CircuitOpen({ ...error, outcomeUnknown: true })),
      ),
    ),
  },
  "repeats a signed request as it is": {
    breaks: "each attempt has a new nonce",
    sabotage: { http: HttpClient.transformResponse(Effect.retry({ times: 1 })) },
  },
  "retries in two places": {
    breaks: "attempts stay within the policy",
    sabotage: kicksBy(Effect.retry({ times: 3 })),
  },
  "never stops": {
    breaks: "every call ends within its deadline",
    sabotage: kicksBy((kick) => Effect.retry(kick, Schedule.spaced("1 second"))),
  },
  "never answers": {
    breaks: "every call ends within its deadline",
    sabotage: kicksBy((kick) => Effect.andThen(Effect.ignore(kick), Effect.never)),
  },
  "waits longer than its deadline": {
    breaks: "every call ends within its deadline",
    sabotage: { options: (options) => ({ ...options, deadline: "2 minutes" }) },
  },
  "does not repeat": {
    breaks: "a call that may be repeated is not given up early",
    sabotage: { options: (options) => ({ ...options, retry: false }) },
  },
  "does not wait for its turn": {
    breaks: "a deadline is one only when it is near",
    sabotage: kicksBy((kick) =>
      Effect.catchTag(kick, "ThrottleError", ({ attempts }) =>
        Effect.fail(new ApiError.DeadlineExceeded({ attempts, deadline: Duration.seconds(1) })),
      ),
    ),
  },
  "forgets its budget": {
    breaks: "retries stay within the budget",
    sabotage: {
      options: (options) => ({ ...options, retry: options.retry && { ...options.retry, budget: false } }),
    },
  },
  "goes on when it is interrupted": {
    breaks: "nothing is sent for a call that has ended",
    sabotage: kicksBy((kick) => Effect.flatMap(Effect.forkDetach(kick), Fiber.join)),
  },
  "asks for a token twice": {
    breaks: "one token request at a time",
    sabotage: {
      http: HttpClient.transform((effect, request) =>
        request.url.endsWith(Operation.getManagementToken.path)
          ? Effect.map(Effect.all([effect, effect], { concurrency: 2 }), ([first]) => first)
          : effect,
      ),
    },
  },
  "leaves a fiber behind": {
    breaks: "nothing is left running",
    sabotage: kicksBy((kick) => Effect.andThen(Effect.forkDetach(Effect.never), kick)),
  },
  "leaves a timer behind": {
    breaks: "nothing is left running",
    sabotage: kicksBy((kick) => Effect.andThen(Effect.forkDetach(Effect.sleep("1 day")), kick)),
  },
  "counts wrongly": {
    breaks: "attempts are counted truly",
    sabotage: kicksBy((kick) =>
      Effect.catchTag(kick, "TransportFailed", (error) =>
        Effect.fail(new ApiError.TransportFailed({ ...error, attempts: error.attempts + 1 })),
      ),
    ),
  },
  "kicks one too many": {
    breaks: "nobody else is kicked",
    sabotage: kicksInstead((request) => ({ ...request, userId: "user-1", options: { userIdType: "username" } })),
  },
  "sends what is invalid": {
    breaks: "an invalid request is not sent",
    sabotage: kicksInstead((request) => ({
      ...request,
      appIds: request.appIds.length === 0 ? ["app"] : request.appIds.slice(0, 50),
    })),
  },
  "dies of an answer": {
    breaks: "no defect",
    sabotage: kicksBy((kick) => Effect.catchTag(kick, "UnreadableResponse", Effect.die)),
  },
}
