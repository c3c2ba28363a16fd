export * from './index.js';
import binding = require('./index.js');
export default binding;
