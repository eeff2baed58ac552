/** What is wrong with a file, in one sentence. */
import { SamplesError } from "@edgeol/core/Samples"
import { Result } from "effect"

export type Read<A> = Result.Result<A, SamplesError>

/** `file` may name a member too: `a.tar.gz: b.ppm`. */
export const damaged = (file: string, offset: number, problem: string): Result.Result<never, SamplesError> =>
  Result.fail(new SamplesError({ message: `${file} is damaged at byte ${offset}: ${problem}; fetch the file again.` }))
