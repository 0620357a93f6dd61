/** Vite takes these as files; TypeScript only has to know that they exist. */
declare module "*.css";

declare module "*.css?raw" {
  const text: string;
  export default text;
}
