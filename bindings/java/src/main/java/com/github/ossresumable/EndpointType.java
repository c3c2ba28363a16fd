package com.github.ossresumable;

/** Which endpoint is made from the region, where none is given. */
public enum EndpointType {
  /** {@code oss-{region}.aliyuncs.com}. */
  PUBLIC,
  /** {@code oss-{region}-internal.aliyuncs.com}, from inside the region. */
  INTERNAL,
  /** {@code oss-accelerate.aliyuncs.com}, if switched on for the bucket. */
  ACCELERATE,
  /** {@code oss-accelerate-overseas.aliyuncs.com}, if switched on for the bucket. */
  ACCELERATE_OVERSEAS,
  /** {@code {region}.oss.aliyuncs.com}, over IPv4 and IPv6. */
  DUAL_STACK
}
