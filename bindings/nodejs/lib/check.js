'use strict';

// Values of JavaScript for C: what C would silently take for something else is refused, with the
// name of the option in front.

const { invalidArgument } = require('./error.js');

function text(name, value) {
  if (value === undefined || value === null) {
    return null;
  }
  if (typeof value !== 'string') {
    throw invalidArgument(`${name}: must be a string`);
  }
  if (value.includes('\0')) {
    throw invalidArgument(`${name}: must not contain a NUL`);
  }
  if (/[\ud800-\udfff]/u.test(value)) {
    throw invalidArgument(`${name}: must not contain half a surrogate pair`);
  }
  return value;
}

// 0 is the default everywhere. What is in range otherwise, the library knows.
function integer(name, value, most) {
  if (value === undefined || value === null) {
    return 0;
  }
  if (!Number.isSafeInteger(value) || Math.abs(value) > most) {
    throw invalidArgument(`${name}: must be an integer of at most ${most}`);
  }
  return value;
}

const int32 = (name, value) => integer(name, value, 0x7fffffff);
const int64 = (name, value) => integer(name, value, Number.MAX_SAFE_INTEGER);

function flag(name, value) {
  if (value !== undefined && value !== null && typeof value !== 'boolean') {
    throw invalidArgument(`${name}: must be true or false`);
  }
  return value ? 1 : 0;
}

function choice(name, value, choices) {
  if (value === undefined || value === null) {
    return 0;
  }
  if (!Object.hasOwn(choices, value)) {
    throw invalidArgument(`${name}: must be one of ${Object.keys(choices).join(', ')}`);
  }
  return choices[value];
}

function callable(name, value) {
  if (value !== undefined && typeof value !== 'function') {
    throw invalidArgument(`${name}: must be a function`);
  }
  return value;
}

function bytes(name, value) {
  if (!(value instanceof Uint8Array)) {
    throw invalidArgument(`${name}: must be a Buffer or a Uint8Array`);
  }
  return value;
}

function pairs(name, object, prefix = '') {
  return Object.entries(object || {}).map(([key, value]) => ({
    name: text(name, prefix + key),
    value: text(name, typeof value === 'number' ? String(value) : value),
  }));
}

// A misspelt option would otherwise be one that is not set.
function noOthers(what, object, known) {
  if (object === null || typeof object !== 'object') {
    throw invalidArgument(`${what}: must be an object`);
  }
  for (const name of Object.keys(object)) {
    if (!known.has(name)) {
      throw invalidArgument(`${name}: is no option of ${what}`);
    }
  }
}

module.exports = { bytes, callable, choice, flag, int32, int64, noOthers, pairs, text };
