// What the scripts of this folder share: an expectation that says what it was, and a limit in time.
const kLimitMs = 20_000;

export function expect(what, holds) {
  if (!holds) {
    console.error(`not so: ${what}`);
    process.exit(1);
  }
}

export function within(what, promise) {
  return Promise.race([
    promise,
    new Promise((_, reject) => setTimeout(() => reject(new Error(`no ${what} in time`)), kLimitMs)),
  ]);
}

export function done() {
  console.log("accepted");
  process.exit(0);
}
