/**
 * Each round's momentum starts at zero, as in a training script that makes its optimiser anew. Carried momentum is the
 * default: started anew, it ties the effective learning rate to the round's length, for a velocity of momentum m takes
 * about 1 / (1 - m) steps to build up (Sutskever et al. 2013).
 */
import * as Reciting from "../internal/Reciting.ts"
import * as Policy from "../Policy.ts"

export const make = (config: object = {}): Policy.Policy<null> => {
  Policy.config("fresh", Policy.NoFields)(config)
  return Reciting.make("fresh", {}, { carry: false })
}
