'use strict';

// The few calls that block, on threads of libuv. There are four of those, which files and names need
// too, so no more than two calls are under way at once; the others wait here.

const { promisify } = require('node:util');
const { engine } = require('./engine.js');

const AT_ONCE = 2;

const waiting = [];
let underWay = 0;

async function blocking(name, ...args) {
  if (underWay === AT_ONCE) {
    await new Promise((resolve) => waiting.push(resolve));
  } else {
    underWay++;
  }
  try {
    const call = engine()[name];
    return await promisify(call.async).apply(call, args);
  } finally {
    const next = waiting.shift();
    if (next) {
      next();
    } else {
      underWay--;
    }
  }
}

module.exports = { blocking };
