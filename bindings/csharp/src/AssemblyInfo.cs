using System.Runtime.CompilerServices;

// The first test compares the structs with tests/abi.json.
[assembly: InternalsVisibleTo("OssResumable.Tests")]
