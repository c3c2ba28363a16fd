using System;
using System.Collections.Generic;
using System.Globalization;
using System.Threading;
using OssResumable;

// A request of the conformance program.
internal sealed class Plan
{
    internal readonly OssResumableConfiguration Configuration = new OssResumableConfiguration();
    internal readonly UploadRequest Request = new UploadRequest(null, null, (string)null);
    internal UploadRequest Second;
    internal bool Discard;
    internal long CancelAt = -1;
    internal long ThrowAt = -1;
    internal long NewCredentialsAt = -1;
    internal string NewAccessKeyId, NewAccessKeySecret, NewStsToken;
    internal long Collections;

    internal void Set(string name, string value)
    {
        if (name.StartsWith("config.", StringComparison.Ordinal))
        {
            SetConfiguration(name, value);
        }
        else if (name.StartsWith("credentials.", StringComparison.Ordinal))
        {
            SetCredentials(name, value);
        }
        else if (name.StartsWith("action.", StringComparison.Ordinal))
        {
            SetAction(name, value);
        }
        else if (name.StartsWith("upload.", StringComparison.Ordinal))
        {
            SetUpload(name, value);
            Share();
        }
        else
        {
            SetSecond(name, value);
        }
    }

    private void SetConfiguration(string name, string value)
    {
        switch (name)
        {
            case "config.endpoint": Configuration.Endpoint = value; break;
            case "config.region": Configuration.Region = value; break;
            case "config.access_key_id": Configuration.AccessKeyId = value; break;
            case "config.access_key_secret": Configuration.AccessKeySecret = value; break;
            case "config.sts_token": Configuration.SecurityToken = value; break;
            case "config.connect_timeout_ms": Configuration.ConnectionTimeout = (int)Number(value); break;
            case "config.stall_timeout_ms": Configuration.StallTimeout = (int)Number(value); break;
            case "config.retry_timeout_ms": Configuration.RetryTimeout = (int)Number(value); break;
            case "config.max_retries": Configuration.MaxErrorRetry = (int)Number(value); break;
            case "config.bandwidth_limit": Configuration.BandwidthLimit = Number(value); break;
            case "config.user_agent": Configuration.UserAgent = value; break;
            default: throw new ArgumentException("unknown name " + name);
        }
    }

    private void SetCredentials(string name, string value)
    {
        CredentialsSource source = Configuration.Credentials ?? (Configuration.Credentials = new CredentialsSource());
        switch (name)
        {
            case "credentials.provider": source.Provider = value; break;
            case "credentials.profile_file": source.ProfileFile = value; break;
            case "credentials.profile_name": source.ProfileName = value; break;
            case "credentials.process": source.Process = value; break;
            case "credentials.role_name": source.RoleName = value; break;
            case "credentials.metadata_endpoint": source.MetadataEndpoint = value; break;
            case "credentials.role_arn": source.RoleArn = value; break;
            case "credentials.oidc_provider_arn": source.OidcProviderArn = value; break;
            case "credentials.oidc_token_file": source.OidcTokenFile = value; break;
            case "credentials.role_session_name": source.RoleSessionName = value; break;
            case "credentials.sts_endpoint": source.StsEndpoint = value; break;
            default: throw new ArgumentException("unknown name " + name);
        }
    }

    private void SetUpload(string name, string value)
    {
        const string header = "upload.header.";
        const string callback = "upload.callback.";
        if (name.StartsWith(header, StringComparison.Ordinal))
        {
            Request.Headers[name.Substring(header.Length)] = value;
            return;
        }
        if (name.StartsWith(callback, StringComparison.Ordinal))
        {
            SetCallback(name.Substring(callback.Length), value);
            return;
        }
        switch (name)
        {
            case "upload.bucket": Request.BucketName = value; break;
            case "upload.object": Request.Key = value; break;
            case "upload.file": Request.UploadFile = value; break;
            case "upload.part_size": Request.PartSize = Number(value); break;
            case "upload.thread_num": Request.ParallelThreadCount = (int)Number(value); break;
            case "upload.enable_checkpoint": Request.EnableCheckpoint = Number(value) != 0; break;
            case "upload.checkpoint_path": Request.CheckpointPath = value; break;
            case "upload.verify_on_resume": Request.VerifyOnResume = (VerifyOnResume)Number(value); break;
            case "upload.resume_by_content": Request.ResumeByContent = Number(value) != 0; break;
            default: throw new ArgumentException("unknown name " + name);
        }
    }

    private void SetCallback(string name, string value)
    {
        UploadCallback callback = Request.Callback ?? (Request.Callback = new UploadCallback());
        if (name.StartsWith("var.", StringComparison.Ordinal))
        {
            callback.Variables["x:" + name.Substring(4)] = value;
            return;
        }
        switch (name)
        {
            case "url": callback.Url = value; break;
            case "host": callback.Host = value; break;
            case "body": callback.Body = value; break;
            case "body_type": callback.BodyType = value; break;
            default: throw new ArgumentException("unknown name upload.callback." + name);
        }
    }

    private void SetSecond(string name, string value)
    {
        Second = Second ?? new UploadRequest(null, null, (string)null);
        switch (name)
        {
            case "second.bucket": Second.BucketName = value; break;
            case "second.object": Second.Key = value; break;
            case "second.file": Second.UploadFile = value; break;
            default: throw new ArgumentException("unknown name " + name);
        }
        Share();
    }

    // The second upload has the same settings.
    private void Share()
    {
        if (Second == null)
        {
            return;
        }
        Second.PartSize = Request.PartSize;
        Second.ParallelThreadCount = Request.ParallelThreadCount;
        Second.EnableCheckpoint = Request.EnableCheckpoint;
        Second.CheckpointPath = Request.CheckpointPath;
        Second.VerifyOnResume = Request.VerifyOnResume;
        Second.ResumeByContent = Request.ResumeByContent;
        Second.Callback = Request.Callback;
        foreach (KeyValuePair<string, string> pair in Request.Headers)
        {
            Second.Headers[pair.Key] = pair.Value;
        }
    }

    private void SetAction(string name, string value)
    {
        switch (name)
        {
            case "action.cancel_at": CancelAt = Number(value); break;
            case "action.throw_at": ThrowAt = Number(value); break;
            case "action.new_credentials_at": NewCredentialsAt = Number(value); break;
            case "action.new_access_key_id": NewAccessKeyId = value; break;
            case "action.new_access_key_secret": NewAccessKeySecret = value; break;
            case "action.new_sts_token": NewStsToken = value; break;
            case "action.gc": Collections = Number(value); break;
            case "action.discard": Discard = Number(value) != 0; break;
            default: throw new ArgumentException("unknown name " + name);
        }
    }

    private static long Number(string value)
    {
        long number;
        if (value == "auto")
        {
            return UploadRequest.Auto;
        }
        if (!long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number))
        {
            throw new ArgumentException("no number: " + value);
        }
        return number;
    }
}

// The progress of one upload: it is counted, and the actions are done.
internal sealed class Watch : IProgress<UploadProgress>
{
    private readonly OssResumableClient client;
    private readonly Plan plan;
    private readonly CancellationTokenSource cancel;
    private bool credentialsSet;
    private readonly bool isFirst;
    private long calls, last, total, collections, collecting;
    private bool monotonic = true;

    // Actions are for the first upload; the second one shows that it is left alone.
    internal Watch(OssResumableClient client, Plan plan, CancellationTokenSource cancel, bool isFirst)
    {
        this.isFirst = isFirst;
        this.client = client;
        this.plan = plan;
        this.cancel = cancel;
    }

    public void Report(UploadProgress progress)
    {
        calls++;
        monotonic &= progress.TransferredBytes >= last && progress.TransferredBytes <= progress.TotalBytes;
        last = progress.TransferredBytes;
        total = progress.TotalBytes;
        if (!isFirst)
        {
            return;
        }
        Collect();
        if (plan.NewCredentialsAt >= 0 && last >= plan.NewCredentialsAt && !credentialsSet)
        {
            credentialsSet = true;
            client.SetCredentials(plan.NewAccessKeyId, plan.NewAccessKeySecret, plan.NewStsToken);
        }
        if (plan.ThrowAt >= 0 && last >= plan.ThrowAt)
        {
            throw new Thrown();
        }
        if (plan.CancelAt >= 0 && last >= plan.CancelAt)
        {
            cancel.Cancel();
        }
    }

    // Spread over the calls, while parts are on their way: the bandwidth limit keeps the upload from ending
    // before the last of them.
    private void Collect()
    {
        if (collections == plan.Collections)
        {
            return;
        }
        collecting++;
        for (int at = 0; at < 500 && collections < plan.Collections; at++)
        {
            collections++;
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        if (collections == plan.Collections)
        {
            client.SetBandwidthLimit(0);
        }
    }

    internal List<string> Lines()
    {
        var lines = new List<string>
        {
            "progress.calls=" + Conformance.Number(calls),
            "progress.last=" + Conformance.Number(last),
            "progress.total=" + Conformance.Number(total),
            "progress.monotonic=" + (monotonic ? "1" : "0"),
        };
        if (isFirst && plan.Collections > 0)
        {
            lines.Add("collections=" + Conformance.Number(collections));
            lines.Add("collections.calls=" + Conformance.Number(collecting));
        }
        return lines;
    }
}
