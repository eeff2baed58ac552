/** What a learner and the process of a cold round say to each other: requests and replies strictly in turns. */
import type { Watched } from "@edgeol/core/Decision"
import type { Examples } from "@edgeol/core/Examples"
import type { Stepped, Validation } from "@edgeol/core/Learner"
import type { Cost, Metered } from "@edgeol/core/Ledger"
import type * as Models from "./Models.ts"
import type * as Round from "./Round.ts"

export interface Begin {
  readonly kind: "begin"
  readonly model: Models.Config
  readonly training: Round.Training
  readonly threads: number
  readonly checkpoint: string
  readonly frozen: ReadonlyArray<boolean>
  readonly samples: Examples
  readonly how: Round.How
}

export type Request =
  | Begin
  | { readonly kind: "step" }
  | { readonly kind: "freeze"; readonly units: ReadonlyArray<boolean> }
  | { readonly kind: "watch"; readonly what: Watched }
  | { readonly kind: "grams"; readonly probe: Examples }
  | { readonly kind: "validate"; readonly samples: Examples }
  | { readonly kind: "finish"; readonly path: string }

/** What each request is answered with. */
export interface Replies {
  readonly begin: Metered<number>
  readonly step: Metered<Stepped>
  readonly freeze: Metered<null>
  readonly watch: Metered<null>
  readonly grams: Metered<ReadonlyArray<Float32Array>>
  readonly validate: Metered<Validation>
  readonly finish: Metered<null>
}

export type Reply =
  | { readonly ready: true }
  | { readonly value: unknown; readonly costs: ReadonlyArray<Cost> }
  | { readonly failed: { readonly reason: "Engine" | "Checkpoint" | "Process"; readonly message: string } }
