namespace OmniAudit.Modules.Storage;

/// <summary>Keeps processes of one data directory apart: an empty file that one of them holds open (flock(2); the kernel gives it back when the process ends, even by a kill).</summary>
internal static class FileLock
{
    /// <summary>Another process has it: EWOULDBLOCK on Linux and on macOS, a sharing violation on Windows.</summary>
    private static readonly int[] Held = [11, 35, unchecked((int)0x80070020)];

    /// <summary>True when a file could not be opened because another process has it.</summary>
    public static bool IsHeld(IOException e) => Held.Contains(e.HResult);

    /// <summary>Waits for the lock; dispose the result to give it back. The directory must exist.</summary>
    /// <exception cref="IOException">Another process has held it for longer than <paramref name="patience"/>, or the file cannot be opened.</exception>
    public static async Task<FileStream> TakeAsync(string path, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        var (started, pause) = (time.GetTimestamp(), TimeSpan.FromMilliseconds(1));
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (IsHeld(e) && time.GetElapsedTime(started) < patience)
            {
                // Files offer nothing to await.
                await Task.Delay(pause, time, cancellationToken);
                if (pause < TimeSpan.FromMilliseconds(50)) pause *= 2;
            }
        }
    }
}
