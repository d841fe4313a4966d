// The page without a screen: what `npm run ask` drives.
export {};
