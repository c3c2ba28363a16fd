import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';

const require = createRequire(import.meta.url);
const koffi = require('koffi');
const constants = require('../lib/constants.js');
const { FUNCTIONS, checkVersion, engine, libraryVersion, load } = require('../lib/engine.js');
const { structs } = require('../lib/structs.js');

const abi = JSON.parse(fs.readFileSync(process.env.ABI, 'utf8'));

test('structs have the sizes, offsets and types of the header', () => {
  const ours = {};
  for (const [name, struct] of Object.entries(structs)) {
    const { members } = koffi.type(struct);
    ours[`oss_resumable_${name}_t`] = {
      align: koffi.alignof(struct),
      fields: Object.values(members).map(({ name: field, offset, type }) =>
        [field, offset, type.size]),
      size: koffi.sizeof(struct),
    };
  }
  const expected = {};
  for (const [name, { align, fields, size }] of Object.entries(abi.structs)) {
    expected[name] = { align, fields: fields.map((f) => [f.name, f.offset, f.size]), size };
  }
  assert.deepEqual(ours, expected);
});

test('codes, stages and constants have the numbers of the header', () => {
  const expected = { ...abi.codes };
  const ours = Object.fromEntries(
    Object.entries(constants.CODES).map(([name, number]) => [`OSS_RESUMABLE_${name}`, number]));
  ours.OSS_RESUMABLE_OK = constants.OK;
  ours.OSS_RESUMABLE_PENDING = constants.PENDING;
  assert.deepEqual(ours, expected);

  const stages = {};
  constants.STAGES.forEach((name, number) => {
    stages[`OSS_RESUMABLE_STAGE_${name.toUpperCase()}`] = number;
  });
  assert.deepEqual(stages, abi.stages);

  const snake = (name) => name.replace(/[A-Z]/g, (found) => `_${found}`).toUpperCase();
  const numbers = { OSS_RESUMABLE_AUTO: constants.AUTO };
  const groups = {
    ENDPOINT: constants.ENDPOINT_TYPES, LOG: constants.LOG_LEVELS, VERIFY: constants.VERIFY,
    WARN: constants.WARNINGS, SOURCE: { FILE: 1, MEMORY: constants.SOURCE_MEMORY },
  };
  for (const [group, values] of Object.entries(groups)) {
    for (const [name, number] of Object.entries(values)) {
      const known = group === 'WARN' || group === 'SOURCE' ? name : snake(name);
      numbers[`OSS_RESUMABLE_${group}_${known}`] = number;
    }
  }
  assert.deepEqual(numbers, abi.constants);
});

test('every function that is called is in the header with as many arguments', () => {
  for (const [name, [, ...takes]] of Object.entries(FUNCTIONS)) {
    const declaration = abi.functions[`oss_resumable_${name}`];
    assert.ok(declaration, name);
    const list = declaration.slice(declaration.indexOf('(') + 1, -1);
    assert.equal(takes.length, list === 'void' ? 0 : list.split(',').length, name);
  }
});

test('the library is of the version that the binding was made for', () => {
  assert.equal(libraryVersion(), abi.version);
  assert.equal(engine().version_number(), abi.version_number);
});

test('a library of another version, or none, is refused with a sentence', () => {
  checkVersion(199, '0.1.99');
  assert.throws(() => checkVersion(200, '0.2.0'), /version 0\.2\.0/);
  assert.throws(() => checkVersion(10100, '1.1.0'), /version 1\.1\.0/);
  assert.throws(() => load('/nowhere/liboss_resumable.so'), /cannot load .*nowhere/);
});

test('import and require give the same things', async () => {
  const required = require('oss-resumable');
  const imported = await import('oss-resumable');
  assert.equal(imported.OssResumable, required.OssResumable);
  assert.equal(imported.default, required);
});
