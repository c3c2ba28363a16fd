using System;
using OssResumable;

// The arguments of the program, which are those of the C example.
internal sealed class Options
{
    internal const string Usage = "usage: oss-upload FILE oss://BUCKET/KEY --region REGION [option]...\n";

    internal const string Help = Usage + @"
Uploads FILE to OSS in parts. Run the same command again after a failure, a Ctrl-C or
a crash, and only what is missing is sent.

  --region REGION          such as cn-hangzhou (default: what the endpoint tells)
  --endpoint URL           [http://|https://]host[:port] (default: the region's public one)
  --part-size BYTES|auto   102400 to 5368709120 (default: auto)
  --threads N|auto         parts in flight, 1 to 1024 (default: auto)
  --checkpoint PATH        a file, or an existing directory (default: FILE.ucp)
  --no-checkpoint          do not resume, and leave nothing to resume from
  --sign v1|v4             the signature version (default: v4)
  --header 'Name: value'   a header of the object; may be repeated
  --help                   show this and exit
  --                       what follows is not an option

Credentials: OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET and, for temporary ones,
OSS_SESSION_TOKEN in the environment; else OIDC (RRSA), the profile of the Alibaba Cloud
CLI, or the RAM role of the ECS instance. Proxy: https_proxy, no_proxy.

Output: progress, warnings and errors on stderr. After a success the last line of
stdout is: etag=... crc64=... request_id=... resumed_bytes=...

Ctrl-C stops the upload and keeps the checkpoint; a second one ends the program at once.
(Mono: on a terminal only. Elsewhere the first one ends the program, which can be resumed too.)

Exit codes:
  0    uploaded
  1    failed, and trying again would not help
  2    wrong usage, or an argument out of range
  3    the network or OSS (HTTP 429, 5xx) failed: try again later
  4    FILE cannot be read, or changed during the upload
  5    the checkpoint is in use by another process, or unusable
  6    it is not known whether the object was stored; trying again settles it
  130  canceled
";

    internal readonly OssResumableConfiguration Configuration = new OssResumableConfiguration
    {
        Credentials = new CredentialsSource(),
        ProxyFromEnvironment = true,
    };

    internal readonly UploadRequest Request = new UploadRequest(null, null, (string)null)
    {
        PartSize = UploadRequest.Auto,
        ParallelThreadCount = UploadRequest.Auto,
        EnableCheckpoint = true,
    };

    internal static Options Parse(string[] arguments)
    {
        var options = new Options();
        bool onlyPositional = false;
        for (int at = 0; at < arguments.Length; at++)
        {
            string argument = arguments[at];
            if (!onlyPositional && argument == "--")
            {
                onlyPositional = true;
            }
            else if (!onlyPositional && argument == "--no-checkpoint")
            {
                options.Request.EnableCheckpoint = false;
            }
            else if (!onlyPositional && argument.StartsWith("-", StringComparison.Ordinal))
            {
                options.TakeOption(arguments, ref at);
            }
            else
            {
                options.TakePositional(argument);
            }
        }
        options.Check();
        return options;
    }

    // "--name value" and "--name=value".
    private void TakeOption(string[] arguments, ref int at)
    {
        string name = arguments[at];
        int equals = name.IndexOf('=');
        if (equals >= 0)
        {
            Set(name.Substring(0, equals), name.Substring(equals + 1));
            return;
        }
        if (at + 1 == arguments.Length)
        {
            throw new UsageException("'" + name + "' is no option, or needs a value");
        }
        at++;
        Set(name, arguments[at]);
    }

    private void Set(string name, string value)
    {
        switch (name)
        {
            case "--region":
                Configuration.Region = value;
                break;
            case "--endpoint":
                Configuration.Endpoint = value;
                break;
            case "--part-size":
                Request.PartSize = Count(name, value, long.MaxValue);
                break;
            case "--threads":
                Request.ParallelThreadCount = (int)Count(name, value, int.MaxValue);
                break;
            case "--checkpoint":
                Request.CheckpointPath = value;
                break;
            case "--sign":
                if (value != "v1" && value != "v4")
                {
                    throw new UsageException("--sign: '" + value + "' is neither v1 nor v4");
                }
                Configuration.SignatureVersion = value == "v1" ? SignatureVersion.V1 : SignatureVersion.V4;
                break;
            case "--header":
                int colon = value.IndexOf(':');
                if (colon <= 0)
                {
                    // The text is not repeated: the value of a header may be a secret.
                    throw new UsageException("--header: expected 'Name: value'");
                }
                Request.Headers[value.Substring(0, colon)] = value.Substring(colon + 1).TrimStart(' ', '\t');
                break;
            default:
                throw new UsageException("unknown option '" + name + "'");
        }
    }

    private static long Count(string name, string text, long most)
    {
        if (text == "auto")
        {
            return UploadRequest.Auto;
        }
        long value;
        var digitsOnly = System.Globalization.NumberStyles.None;
        var anywhere = System.Globalization.CultureInfo.InvariantCulture;
        if (!long.TryParse(text, digitsOnly, anywhere, out value) || value < 1 || value > most)
        {
            throw new UsageException(name + ": '" + text + "' is neither a number from 1 to " + most + " nor 'auto'");
        }
        return value;
    }

    private void TakePositional(string text)
    {
        if (Request.UploadFile == null)
        {
            Request.UploadFile = text;
            return;
        }
        if (Request.BucketName != null)
        {
            throw new UsageException("one argument too many: '" + text + "'");
        }
        const string scheme = "oss://";
        if (!text.StartsWith(scheme, StringComparison.Ordinal))
        {
            throw new UsageException("'" + text + "' does not begin with oss://");
        }
        string target = text.Substring(scheme.Length);
        int slash = target.IndexOf('/');
        if (slash <= 0 || slash == target.Length - 1)
        {
            throw new UsageException("'" + text + "' is not of the form oss://BUCKET/KEY");
        }
        Request.BucketName = target.Substring(0, slash);
        Request.Key = target.Substring(slash + 1);
    }

    private void Check()
    {
        if (Request.UploadFile == null || Request.BucketName == null)
        {
            throw new UsageException("FILE and oss://BUCKET/KEY are required");
        }
        if (Configuration.Endpoint == null && Configuration.Region == null)
        {
            throw new UsageException("--endpoint or --region is required");
        }
        if (!Request.EnableCheckpoint && Request.CheckpointPath != null)
        {
            throw new UsageException("--checkpoint and --no-checkpoint exclude each other");
        }
    }
}

internal sealed class UsageException : Exception
{
    internal UsageException(string message) : base(message)
    {
    }
}
