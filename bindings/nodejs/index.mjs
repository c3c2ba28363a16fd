import binding from './index.js';

export const { OssResumable, OssResumableError, libraryVersion } = binding;
export default binding;
