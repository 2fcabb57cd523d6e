/** The build splits each language in two: what the first picture needs, and the rest. */
declare module "*.json?first" {
  const catalogue: import("./state/message").Catalogue;
  export default catalogue;
}
declare module "*.json?later" {
  const catalogue: import("./state/message").Catalogue;
  export default catalogue;
}
