/**
 * Time that stands still until nothing is left to do, then jumps to the next moment something waits for. Everything
 * runs on the TestClock; here is counted what waits on it and which fibers are alive.
 */
import { Clock, Duration, Effect, Metric, Scheduler } from "effect"
import { TestClock } from "effect/testing"

/** The time of one run. */
export interface VirtualTime {
  readonly now: () => number
  /** Sleeps that have not ended. */
  readonly sleeping: () => number
  /** Fibers that have not ended, of all that were started under {@link VirtualTime.provide}. */
  readonly fibers: () => number
  /** Runs an effect in this time. */
  readonly provide: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** Sets the clock on the wall of whoever runs under {@link VirtualTime.provide}; what is waited for does not move. */
  readonly setWallBy: (millis: number) => void
  /** Runs an effect by the right time, as a server in another place does. */
  readonly rightly: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** Lets everything go on that needs no time. */
  readonly settle: Effect.Effect<void>
  /** Jumps to the next moment that somebody waits for, at the latest to `until`. `false` if nobody waits till then. */
  readonly jump: (until: number) => Effect.Effect<boolean>
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

interface Activity {
  tasks: number
}

const countingScheduler = (scheduler: Scheduler.Scheduler, activity: Activity): Scheduler.Scheduler => ({
  executionMode: scheduler.executionMode,
  shouldYield: (fiber) => scheduler.shouldYield(fiber),
  makeDispatcher: () => {
    const dispatcher = scheduler.makeDispatcher()
    return {
      scheduleTask: (task, priority) => {
        activity.tasks += 1
        dispatcher.scheduleTask(task, priority)
      },
      flush: () => dispatcher.flush(),
    }
  },
})

// Between two turns of the event loop every promise that can settle has done so, since no I/O takes part: when a few
// turns have brought no task, there is none. A few, because what a stream runs is scheduled outside our count.
const idleTurns = 3

const settleOf = (activity: Activity): Effect.Effect<void> =>
  Effect.promise(async () => {
    for (let idle = 0; idle < idleTurns;) {
      const before = activity.tasks
      await turn()
      idle = activity.tasks === before ? idle + 1 : 0
    }
  })

/** Runs a program in a time of its own, with a TestClock that starts at 0. */
export const run = <A, E>(program: (time: VirtualTime) => Effect.Effect<A, E>): Effect.Effect<A, E> => {
  const activity: Activity = { tasks: 0 }
  const timed = TestClock.testClockWith((testClock) => {
    const waits = new Set<{ readonly until: number }>()
    let fibers = 0
    const now = () => testClock.currentTimeMillisUnsafe()
    let wallOffset = 0
    const right: Clock.Clock = {
      ...testClock,
      sleep: (duration: Duration.Duration) =>
        Effect.acquireUseRelease(
          Effect.sync(() => {
            activity.tasks += 1
            const wait = { until: now() + Duration.toMillis(duration) }
            waits.add(wait)
            return wait
          }),
          () => testClock.sleep(duration),
          (wait) =>
            Effect.sync(() => {
              activity.tasks += 1
              waits.delete(wait)
            }),
        ),
    }
    const wall = () => now() + wallOffset
    const wallNanos = () => testClock.currentTimeNanosUnsafe() + BigInt(wallOffset) * 1_000_000n
    const clock: Clock.Clock = {
      ...right,
      currentTimeMillisUnsafe: wall,
      currentTimeMillis: Effect.sync(wall),
      currentTimeNanosUnsafe: wallNanos,
      currentTimeNanos: Effect.sync(wallNanos),
    }
    const metrics: Metric.FiberRuntimeMetricsService = {
      recordFiberStart: () => {
        fibers += 1
      },
      recordFiberEnd: () => {
        fibers -= 1
      },
    }
    const settle = settleOf(activity)
    return program({
      now,
      sleeping: () => waits.size,
      fibers: () => fibers,
      provide: (effect) =>
        effect.pipe(
          Effect.provideService(Clock.Clock, clock),
          Effect.provideService(Metric.FiberRuntimeMetrics, metrics),
        ),
      setWallBy: (millis) => {
        wallOffset += millis
      },
      rightly: Effect.provideService(Clock.Clock, right),
      settle,
      jump: (until) =>
        Effect.suspend(() => {
          let next = Number.POSITIVE_INFINITY
          for (const wait of waits) next = Math.min(next, wait.until)
          if (next > until) return Effect.succeed(false)
          return Effect.as(testClock.setTime(Math.max(now(), next)), true)
        }),
    })
  })
  return Effect.flatMap(Effect.service(Scheduler.Scheduler), (scheduler) =>
    timed.pipe(
      Effect.provide(TestClock.layer()),
      Effect.provideService(Scheduler.Scheduler, countingScheduler(scheduler, activity)),
    ),
  )
}
