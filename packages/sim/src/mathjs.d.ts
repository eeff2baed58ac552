/** The bundle of mathjs in one file: its types are those of the package. */
declare module "mathjs/lib/browser/math.js" {
  import * as math from "mathjs"
  export default math
}
