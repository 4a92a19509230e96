using System.Globalization;

namespace OmniAudit.Modules.Storage.Objects;

/// <summary>How far a long pass over the store is: one line that is written over on a terminal, else a line every ten seconds.</summary>
public sealed class UpkeepProgress(TextWriter output, bool terminal, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly TimeSpan _interval = terminal ? TimeSpan.FromMilliseconds(200) : TimeSpan.FromSeconds(10);
    private long _told = time.GetTimestamp();
    private long _count;
    private long _bytes;
    private bool _written;

    /// <summary>Tells nobody.</summary>
    public static UpkeepProgress None { get; } = new(TextWriter.Null, false, TimeProvider.System);

    /// <summary>One more object is done.</summary>
    public void Add(long bytes)
    {
        lock (_lock)
        {
            (_count, _bytes) = (_count + 1, _bytes + bytes);
            if (time.GetElapsedTime(_told) < _interval) return;
            _told = time.GetTimestamp();
            Write(terminal ? "\r" : "", terminal ? "" : Environment.NewLine);
        }
    }

    /// <summary>Ends the line.</summary>
    public void End()
    {
        lock (_lock)
        {
            if (terminal ? _written : _count > 0) Write(terminal ? "\r" : "", Environment.NewLine);
            (_count, _bytes, _written) = (0, 0, false);
        }
    }

    private void Write(string before, string after)
    {
        output.Write(string.Create(CultureInfo.InvariantCulture, $"{before}{_count} objects, {ByteWords.Of(_bytes)}   {after}"));
        output.Flush();
        _written = true;
    }
}
