/*
 * What differs between compilers. gcc has neither blocks nor ARC; clang has both. The classes are the same;
 * methods that take blocks are there where the compiler has them.
 */
#import <Foundation/Foundation.h>

#ifndef __has_feature
#define __has_feature(feature) 0
#endif

#if __has_feature(objc_arc_weak)
#define OSSR_WEAK weak
#else
#define OSSR_WEAK assign
#endif

/* The version of the library that these headers were made for. */
#define OSSR_VERSION_MAJOR 0
#define OSSR_VERSION_MINOR 1
