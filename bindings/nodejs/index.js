'use strict';

const { OssResumable } = require('./lib/client.js');
const { OssResumableError } = require('./lib/error.js');
const { libraryVersion } = require('./lib/engine.js');

module.exports = { OssResumable, OssResumableError, libraryVersion };
