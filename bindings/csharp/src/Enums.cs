using System;

namespace OssResumable
{
    /// <summary>How a call failed. New values may be added by newer libraries.</summary>
    public enum OssResumableCode
    {
        /// <summary>A bad value, before anything was sent. The message begins with the field's name, as C has it.</summary>
        InvalidArgument = -1,

        /// <summary>The local file cannot be opened or read, or is not a regular file. Not committed.</summary>
        File = -2,

        /// <summary>The local file changed meanwhile. Not committed; what was sent is thrown away.</summary>
        FileChanged = -3,

        /// <summary>The checkpoint is in use, cannot be written, or is not a checkpoint. Not committed.</summary>
        Checkpoint = -4,

        /// <summary>No usable answer within the retry time. Not committed; call again to resume.</summary>
        Network = -5,

        /// <summary>OSS refused: see <see cref="OssResumableException.ErrorCode"/>. Not committed.</summary>
        Service = -6,

        /// <summary>What OSS stored is not what was sent: a part, or, as the message then says, the object.</summary>
        Integrity = -7,

        /// <summary>Canceled. Not committed.</summary>
        Canceled = -8,

        /// <summary>The wrong moment, such as after a fork, or a library of another version.</summary>
        State = -9,

        /// <summary>No answer told what became of the commit. Calling again settles it or uploads anew.</summary>
        CommitUnknown = -10,

        /// <summary>No credentials could be had from where they were to come from. Not committed.</summary>
        Credentials = -11,

        /// <summary>A bug in the library, caught; or no thread could be started.</summary>
        Internal = -99,
    }

    /// <summary>What an upload is busy with.</summary>
    public enum UploadStage
    {
        /// <summary>Opening the file and the checkpoint.</summary>
        Prepare = 0,

        /// <summary>Finding out which finished parts still hold.</summary>
        Resume = 1,

        /// <summary>Beginning a multipart upload.</summary>
        Initiate = 2,

        /// <summary>Sending.</summary>
        Upload = 3,

        /// <summary>All parts are sent; OSS puts the object together.</summary>
        Complete = 4,

        /// <summary>The answer to the commit was lost; finding out what became of it.</summary>
        Settle = 5,

        /// <summary>Removing what was sent.</summary>
        Abort = 6,

        /// <summary>Ended.</summary>
        Done = 7,
    }

    /// <summary>Things worth knowing about an upload that do not change its outcome.</summary>
    [Flags]
    public enum UploadWarnings
    {
        /// <summary>Nothing to tell.</summary>
        None = 0,

        /// <summary>The checkpoint could not be written any more; the upload went on without it.</summary>
        ResumabilityLost = 1,

        /// <summary>The object is stored, but the upload callback of OSS failed (HTTP 203).</summary>
        CallbackFailed = 2,

        /// <summary>The upload id was gone or unusable; everything was sent again under a new one.</summary>
        Restarted = 4,

        /// <summary>The part size was raised so that the file fits into 10,000 parts.</summary>
        PartSizeRaised = 8,

        /// <summary>The checkpoint could not be deleted; it was emptied.</summary>
        CheckpointLeft = 16,

        /// <summary>An unfinished multipart upload may be left on the server.</summary>
        UploadLeft = 32,

        /// <summary>The object is stored, but what the callback's receiver answered was lost.</summary>
        CallbackReplyLost = 64,
    }

    /// <summary>Which finished parts are read again before an upload goes on.</summary>
    public enum VerifyOnResume
    {
        /// <summary>Those in doubt: size and time agree, but something else about the file does not.</summary>
        InDoubt = 0,

        /// <summary>All.</summary>
        Always = 1,

        /// <summary>None.</summary>
        Never = 2,
    }

    /// <summary>OSS's signature version.</summary>
    public enum SignatureVersion
    {
        /// <summary>The library's default: V4.</summary>
        Default = 0,

        /// <summary>V1.</summary>
        V1 = 1,

        /// <summary>V4; needs a region.</summary>
        V4 = 4,
    }

    /// <summary>Which of the region's endpoints, where none is named.</summary>
    public enum EndpointType
    {
        /// <summary><c>oss-{region}.aliyuncs.com</c></summary>
        Public = 0,

        /// <summary><c>oss-{region}-internal.aliyuncs.com</c>, from inside the region.</summary>
        Internal = 1,

        /// <summary><c>oss-accelerate.aliyuncs.com</c>, if switched on for the bucket.</summary>
        Accelerate = 2,

        /// <summary><c>oss-accelerate-overseas.aliyuncs.com</c>, if switched on for the bucket.</summary>
        AccelerateOverseas = 3,

        /// <summary><c>{region}.oss.aliyuncs.com</c>, over IPv4 and IPv6.</summary>
        DualStack = 4,
    }

    /// <summary>How much is logged; each level has those before it.</summary>
    public enum LogLevel
    {
        /// <summary>Nothing.</summary>
        None = 0,

        /// <summary>Uploads that failed.</summary>
        Error = 1,

        /// <summary>Attempts that failed and may be made again.</summary>
        Warn = 2,

        /// <summary>Uploads that begin and end, credentials that are renewed.</summary>
        Info = 3,

        /// <summary>Every request.</summary>
        Debug = 4,

        /// <summary>URLs and the names of headers.</summary>
        Trace = 5,
    }
}
