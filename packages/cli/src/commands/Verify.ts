/** `edgeol verify`: does a policy keep the laws, and its promises? */
import type { Policy } from "@edgeol/core/Policy"
import * as Envelope from "@edgeol/core/guards/Envelope"
import * as ModuleGraph from "@edgeol/deploy/ModuleGraph"
import * as Laws from "@edgeol/verify/Laws"
import { Console, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { CliError } from "../CliError.ts"
import * as Flags from "../Flags.ts"
import * as Breach from "../verify/Breach.ts"
import * as PolicyFile from "../verify/PolicyFile.ts"
import * as Promised from "../verify/Promised.ts"
import * as Sign from "../verify/Sign.ts"
import * as Stage from "../verify/Stage.ts"
import * as Trial from "../verify/Trial.ts"
import * as Verdict from "../verify/Verdict.ts"
import * as Written from "../verify/Written.ts"

const flags = {
  policy: Argument.String("policy").pipe(
    Argument.withDescription("A policy, such as edgeol or periodic:4+linear, or the .ts file that exports one")
  ),
  promise: Flag.String("promise").pipe(
    Flag.withDescription(
      "At most so much, as latency=0.5, of joulesPerHour (of its rounds), roundsPerHour, staleness (s that a batch waits to be learnt), latency (s that a request waits), stateBytes (of the policy's memory), progress (its questions in a row); with a margin for what a simulation does not know"
    ),
    Flag.atLeast(0)
  ),
  envelope: Flag.String("envelope").pipe(
    Flag.withDescription("A .yaml file of promises; those of --promise go over it"),
    Flag.optional
  ),
  scenario: Flag.String("scenario").pipe(
    Flag.withDescription("Scenarios by name or .yaml file, separated by commas, or none (default: all that are kept)"),
    Flag.optional
  ),
  cases: Flag.Int("cases").pipe(Flag.withDescription("Days to draw besides (default: 100)"), Flag.withDefault(100)),
  seeds: Flag.Int("seeds").pipe(Flag.withDescription("Seeds for each scenario (default: 3)"), Flag.withDefault(3)),
  seed: Flag.Int("seed").pipe(
    Flag.withDescription("The first of them; days are drawn from it too"),
    Flag.withDefault(1)
  ),
  stream: Flag.String("stream").pipe(
    Flag.withDescription("What is learnt, in every scenario (default: patterns/nic)"),
    Flag.withDefault("patterns/nic")
  ),
  device: Flag.String("device").pipe(
    Flag.withDescription("Device and power mode whose seconds and watts count (default: orin-nano@15W)"),
    Flag.withDefault("orin-nano@15W")
  ),
  rounds: Flags.run.rounds,
  key: Flag.String("key").pipe(
    Flag.withDescription("Private key to sign a certificate with, as edgeol keys made it"),
    Flag.optional
  ),
  out: Flag.String("out").pipe(
    Flag.withDescription(
      "The certificate that --key signs; one that is there already makes it newer (default: certificate.json)"
    ),
    Flag.optional
  ),
  json: Flags.json
}

interface Input extends Trial.Options {
  readonly policy: string
  readonly promise: ReadonlyArray<string>
  readonly envelope: Option.Option<string>
  readonly scenario: Option.Option<string>
  readonly stream: string
  readonly device: string
  readonly rounds: "warm" | "cold"
  readonly key: Option.Option<string>
  readonly out: Option.Option<string>
  readonly json: boolean
}

const handle = Effect.fn(function* (input: Input) {
  yield* check(input)
  const envelope = yield* Promised.read(input.promise, input.envelope)
  if (Option.isSome(input.key)) yield* mayBeSigned(input.key.value, envelope)
  const named = yield* PolicyFile.open(input.policy)
  const graph = yield* Effect.tryPromise({
    try: () => ModuleGraph.of(named.entry),
    catch: (error) => error as ModuleGraph.ModuleError
  })
  const stage = yield* Stage.open({ ...input, scenarios: input.scenario })
  const laws = lawsOf(named.policy)
  const tried = laws.every(({ kept }) => kept) ? yield* Trial.all(stage, named.policy, input) : nothing
  const judged = { named, graph, stage, tried, envelope, options: input }
  const verdict = yield* judge(input, laws, judged)
  const out = Option.getOrElse(input.out, () => "certificate.json")
  const isBroken = Verdict.isBroken(verdict)
  const signed = isBroken || Option.isNone(input.key) ? null : yield* sign(judged, input.key.value, out)
  yield* Console.log(input.json ? JSON.stringify({ ...verdict, certificate: signed }, null, 2) : text(verdict, signed))
  if (isBroken) return yield* new CliError({ message: Verdict.sentence(verdict) })
}, Effect.scoped)

/** What came of it all; each broken promise is shrunk and written. */
const judge = Effect.fnUntraced(function* (
  input: Input,
  laws: ReadonlyArray<Verdict.Law>,
  { named, graph, stage, tried, envelope }: Sign.Of
) {
  const breaches = yield* Effect.forEach(Breach.all(stage, named.policy, envelope, tried, input), (breach) =>
    Written.write(input.policy, breach, asked(input, breach.promise, envelope))
  )
  const { cases, seed, seeds } = input
  const verdict: Verdict.Verdict = {
    policy: named.policy.name,
    device: stage.device,
    stream: stage.stream,
    rounds: stage.rounds,
    modules: graph.sha256,
    builtins: graph.builtins,
    laws,
    kept: stage.kept.map(({ name }) => name),
    left: Option.isSome(input.scenario) ? [] : stage.left,
    cases,
    seed,
    seeds,
    runs: tried.runs.length,
    promises: Verdict.rows(envelope, tried),
    breaches
  }
  return verdict
})

interface Signed {
  readonly file: string
  readonly version: number
}

const sign = (of: Sign.Of, key: string, file: string) =>
  Effect.map(Sign.write(of, key, file), ({ version }): Signed => ({ file, version }))

const check = ({ cases, seeds, key, out }: Input) => {
  if (Option.isSome(out) && Option.isNone(key)) {
    return new CliError({
      message: "--out names the certificate, which needs a signature; name a private key with --key."
    })
  }
  if (cases < 0) return new CliError({ message: `--cases must be at least 0, not ${cases}.` })
  return seeds < 1 ? new CliError({ message: `--seeds must be at least 1, not ${seeds}.` }) : Effect.void
}

/** Before anything is tried: a key that is none, or nothing to sign for. */
const mayBeSigned = (key: string, envelope: Envelope.Envelope) =>
  Object.keys(envelope).length === 0
    ? new CliError({
        message: "A certificate is about promises: run without --key to see what holds, then name them with --promise."
      })
    : Sign.key(key)

const lawsOf = (policy: Policy): ReadonlyArray<Verdict.Law> =>
  Object.keys(Laws.laws).map((law) => {
    const found = Laws.violationOf(law, policy)
    return found === undefined
      ? { law, kept: true }
      : { law, kept: false, sentence: found.sentence, tape: Laws.show(found.history) }
  })

const nothing: Trial.Tried = { runs: [], days: [], worst: Envelope.nothing }

/** What of the command line the replay of a breach needs. */
const asked = ({ stream, device, rounds }: Input, promise: string, envelope: Envelope.Envelope) => {
  const bound = envelope[promise as Envelope.Name]
  const where = [`--stream ${stream}`, `--device ${device}`, `--rounds ${rounds}`]
  return bound === undefined ? where : [...where, `--promise ${promise}=${bound}`]
}

const text = (verdict: Verdict.Verdict, signed: Signed | null) =>
  signed === null
    ? Verdict.text(verdict)
    : `${Verdict.text(verdict)}\n\nSigned: ${signed.file}, version ${signed.version}.`

export const command = Command.make("verify", Flags.shown(flags), handle).pipe(
  Command.withDescription("Hold a policy to the laws and to promises, over drawn and kept scenarios, and sign for it"),
  Command.withExamples([
    { command: "edgeol verify edgeol", description: "What does it keep to, at its worst?" },
    {
      command: "edgeol verify ./sorry.ts --promise latency=0.5,roundsPerHour=12 --key robot.key",
      description: "A policy of your own, and a certificate for it"
    }
  ])
)
