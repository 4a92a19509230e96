using System.Text;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Normalising;
using OmniAudit.Modules.AdminOps.Store;

namespace OmniAudit.Modules.AdminOps.Import;

/// <summary>An import under way: what waits to be stored, and what was counted.</summary>
internal sealed class ImportRun(string? source, string tenant, TimeProvider time)
{
    private readonly List<ImportProblem> _problems = [];
    private readonly Dictionary<string, long> _sources = new(StringComparer.Ordinal);
    private string? _source = source;
    private List<IncomingEvent> _waiting = [];
    private long _read, _stored, _duplicates, _refused;
    private DateTimeOffset? _from, _to;

    /// <summary>How many events wait to be stored.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>The file's own form says whose records it has.</summary>
    public void Of(string found) => _source ??= found;

    public void Take(FileRecord record)
    {
        if (record.Problem is { } problem)
        {
            Refuse(record.Line, problem);
            return;
        }
        try
        {
            var raw = record.Raw;
            using var document = RecordText.Parse(raw, out _);
            if (SourceGuess.Wrapped(document.RootElement) is { } wrapped)
            {
                raw = Encoding.UTF8.GetBytes(wrapped);
                Add(_source ?? EventSources.Unified, raw);
                return;
            }
            if ((_source ?? SourceGuess.Of(document.RootElement)) is { } found) Add(found, raw);
            else Refuse(record.Line, "Its fields are those of no source that is known. Choose the source, if you know it.");
        }
        catch (FormatException wrong)
        {
            Refuse(record.Line, wrong.Message);
        }
    }

    /// <summary>Hands over what waits.</summary>
    public List<IncomingEvent> TakeWaiting()
    {
        var taken = _waiting;
        _waiting = [];
        return taken;
    }

    public void Stored(AppendResult result) => (_stored, _duplicates) = (_stored + result.Stored.Count, _duplicates + result.Duplicates);

    public ImportReport Report(string name) => new(name, _read, _stored, _duplicates, _refused, _problems, _sources, _from, _to);

    private void Add(string found, ReadOnlyMemory<byte> raw)
    {
        var read = EventReader.Read(found, raw, tenant, time.GetUtcNow());
        _waiting.Add(read);
        _read++;
        _sources[found] = _sources.GetValueOrDefault(found) + 1;
        if (_from is null || read.Event.Time < _from) _from = read.Event.Time;
        if (_to is null || read.Event.Time > _to) _to = read.Event.Time;
    }

    private void Refuse(long line, string why)
    {
        _refused++;
        if (_problems.Count < EventImport.MostProblems) _problems.Add(new ImportProblem(line, why));
    }
}
