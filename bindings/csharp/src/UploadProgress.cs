namespace OssResumable
{
    /// <summary>How far an upload is.</summary>
    public sealed class UploadProgress
    {
        internal UploadProgress(long transferred, long total, oss_resumable_progress_t look)
        {
            TransferredBytes = transferred;
            TotalBytes = total;
            ResumedBytes = look.resumed_bytes;
            Stage = (UploadStage)look.stage;
            PartsDone = look.parts_done;
            PartsTotal = look.parts_total;
            Retries = look.retries;
        }

        /// <summary>Bytes sent, those of earlier runs included. Never goes back, and ends at the total.</summary>
        public long TransferredBytes { get; }

        /// <summary>The size of the file in bytes.</summary>
        public long TotalBytes { get; }

        /// <summary>Bytes taken over from an earlier run.</summary>
        public long ResumedBytes { get; }

        /// <summary>What the upload is busy with.</summary>
        public UploadStage Stage { get; }

        /// <summary>Finished parts.</summary>
        public int PartsDone { get; }

        /// <summary>All parts.</summary>
        public int PartsTotal { get; }

        /// <summary>Attempts that had to be made again.</summary>
        public int Retries { get; }

        /// <summary>0 to 100.</summary>
        public int PercentDone
        {
            get { return TotalBytes == 0 ? 100 : (int)((double)TransferredBytes * 100 / TotalBytes); }
        }
    }
}
