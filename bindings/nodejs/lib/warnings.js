'use strict';

const { WARNINGS } = require('./constants.js');

// The names of bits; one of a newer library is its number.
function warningsOf(bits) {
  const found = [];
  for (let bit = 1; bit <= bits; bit *= 2) {
    if ((bits & bit) !== 0) {
      const known = Object.entries(WARNINGS).find(([, number]) => number === bit);
      found.push(known ? known[0] : String(bit));
    }
  }
  return found;
}

module.exports = { warningsOf };
