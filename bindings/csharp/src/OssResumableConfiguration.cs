using System;

namespace OssResumable
{
    /// <summary>
    /// How to reach OSS. What is null, zero or false is the library's default. It is copied when a client is
    /// made; a value outside its range is refused there.
    /// </summary>
    public sealed class OssResumableConfiguration
    {
        /// <summary>
        /// <c>[http://|https://]host[:port]</c>, such as <c>oss-cn-hangzhou.aliyuncs.com</c>; HTTPS when no scheme
        /// is given. Null: made from <see cref="Region"/> and <see cref="EndpointType"/>.
        /// </summary>
        public string Endpoint { get; set; }

        /// <summary>Such as <c>cn-hangzhou</c>. Null: taken from the endpoint, where it tells. V4 needs one.</summary>
        public string Region { get; set; }

        /// <summary>Without <see cref="Endpoint"/>: which of the region's.</summary>
        public EndpointType EndpointType { get; set; }

        /// <summary>Required, unless <see cref="Credentials"/> is given.</summary>
        public string AccessKeyId { get; set; }

        /// <summary>Required, unless <see cref="Credentials"/> is given.</summary>
        public string AccessKeySecret { get; set; }

        /// <summary>The token of temporary (STS) credentials. Null: none.</summary>
        public string SecurityToken { get; set; }

        /// <summary>Where credentials come from instead. Null: from the three properties above.</summary>
        public CredentialsSource Credentials { get; set; }

        /// <summary>V4 by default.</summary>
        public SignatureVersion SignatureVersion { get; set; }

        /// <summary>True: the endpoint is the bucket's own domain.</summary>
        public bool IsCname { get; set; }

        /// <summary>True: the bucket goes into the path. Always so for IP addresses.</summary>
        public bool IsPathStyle { get; set; }

        /// <summary>A PEM file of certificates to trust besides the system's. Null: none.</summary>
        public string CaFile { get; set; }

        /// <summary>PEM text of certificates to trust besides the system's and the file's. Null: none.</summary>
        public string CaData { get; set; }

        /// <summary>For one connection, name resolution and TLS included, in milliseconds. 0: 10,000.</summary>
        public int ConnectionTimeout { get; set; }

        /// <summary>An attempt in which nothing moves for so many milliseconds is made again. 0: 30,000.</summary>
        public int StallTimeout { get; set; }

        /// <summary>
        /// A request that keeps failing for so many milliseconds fails the upload. 0: 300,000. At most 60,000 until
        /// the server has answered once.
        /// </summary>
        public int RetryTimeout { get; set; }

        /// <summary>Retries of one request. 0: bounded by the retry time alone; -1: none.</summary>
        public int MaxErrorRetry { get; set; }

        /// <summary>
        /// Milliseconds until the first byte of an answer. 0: as the stall time. Four times that for
        /// CompleteMultipartUpload, and longer with an upload callback, so that its receivers have their time.
        /// </summary>
        public int FirstByteTimeout { get; set; }

        /// <summary>Requests in flight over all uploads of the client, 1 to 4,096. 0: no limit.</summary>
        public int MaxConnections { get; set; }

        /// <summary>Bytes per second over all uploads of the client, from 1,024. 0: no limit.</summary>
        public long BandwidthLimit { get; set; }

        /// <summary>
        /// <c>[http|https|socks5|socks5h://][user:password@]host[:port]</c>; with socks5h the proxy resolves names.
        /// Null: none.
        /// </summary>
        public string Proxy { get; set; }

        /// <summary>Instead of one in the proxy's address, and not percent-encoded.</summary>
        public string ProxyUserName { get; set; }

        /// <summary>With <see cref="ProxyUserName"/>.</summary>
        public string ProxyPassword { get; set; }

        /// <summary>Hosts that are reached directly, separated by commas: names, addresses, CIDR blocks, <c>*</c>.</summary>
        public string NoProxy { get; set; }

        /// <summary>True: the proxy that https_proxy, http_proxy, all_proxy and no_proxy name.</summary>
        public bool ProxyFromEnvironment { get; set; }

        /// <summary>The IPv4 or IPv6 address that connections come from. Null: the system chooses.</summary>
        public string SourceAddress { get; set; }

        /// <summary>Put behind the library's name in User-Agent, at most 256 bytes. Null: nothing.</summary>
        public string UserAgent { get; set; }

        /// <summary>A file to which the log is appended. Null: none.</summary>
        public string LogFile { get; set; }

        /// <summary>
        /// Told every line of the log, instead of a file. Runs on a thread inside an upload or another call with the
        /// client. What it throws is dropped. No line holds a secret.
        /// </summary>
        public Action<LogLevel, string> LogCallback { get; set; }

        /// <summary>None by default: nothing is logged, even if a file or a callback is given.</summary>
        public LogLevel LogLevel { get; set; }
    }
}
