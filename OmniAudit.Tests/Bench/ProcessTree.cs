using System.Globalization;

namespace OmniAudit.Tests.Bench;

/// <summary>Linux: the proportional memory of a process and all below it, sampled while something runs.</summary>
internal sealed class ProcessTree : IDisposable
{
    private readonly int _root;
    private readonly IReadOnlySet<int> _without;
    private readonly Timer _timer;
    private long _peak;
    private int _busy;

    /// <param name="without">Processes that do not count, nor what is below them.</param>
    public ProcessTree(int root, IReadOnlySet<int> without)
    {
        (_root, _without) = (root, without);
        _timer = new Timer(_ => Sample(), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(400));
    }

    /// <summary>Bytes.</summary>
    public long Peak => Volatile.Read(ref _peak);

    public void Dispose() => _timer.Dispose();

    private void Sample()
    {
        if (Interlocked.Exchange(ref _busy, 1) == 1) return;
        try
        {
            var children = new Dictionary<int, List<int>>();
            foreach (var directory in Directory.GetDirectories("/proc"))
            {
                if (!int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var id) || Parent(id) is not { } parent) continue;
                if (!children.TryGetValue(parent, out var list)) children[parent] = list = [];
                list.Add(id);
            }
            var (sum, open) = (0L, new Stack<int>([_root]));
            while (open.TryPop(out var id))
            {
                if (_without.Contains(id)) continue;
                sum += Pss(id);
                foreach (var child in children.GetValueOrDefault(id) ?? []) open.Push(child);
            }
            if (sum > Volatile.Read(ref _peak)) Volatile.Write(ref _peak, sum);
        }
        finally
        {
            Volatile.Write(ref _busy, 0);
        }
    }

    private static int? Parent(int id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static long Pss(int id)
    {
        try
        {
            var line = File.ReadLines($"/proc/{id}/smaps_rollup").FirstOrDefault(l => l.StartsWith("Pss:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
