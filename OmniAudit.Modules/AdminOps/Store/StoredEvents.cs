using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using OmniAudit.Modules.AdminOps.Events;

namespace OmniAudit.Modules.AdminOps.Store;

/// <summary>Between events and their rows.</summary>
internal static class StoredEvents
{
    /// <summary>Records below this are not worth the processor's time.</summary>
    private const int Compressible = 200;

    /// <summary>What the row keeps of lists: the most targets and changes, and the most characters of each value.</summary>
    private const int MostTargets = 50, MostChanges = 100, LongestValue = 2000;

    private sealed record EventDetails(IReadOnlyList<EventTarget> Targets, IReadOnlyList<EventChange> Changes, IReadOnlyList<string> Doubts);

    public static EventRow Row(AuditEvent e, byte[] key, DateTimeOffset now) => new()
    {
        EventId = EventId.Wanted(e, key),
        Key = key,
        Tenant = Cut(e.Tenant, 64)!,
        Source = e.Source,
        SourceId = Cut(e.SourceId, EventBounds.Id)!,
        IngestedAt = now,
        Service = Cut(e.Service, EventBounds.Name)!,
        RecordType = e.RecordType,
        Category = Cut(e.Category, EventBounds.Name),
        Operation = Cut(e.Operation, EventBounds.Text)!,
        Outcome = e.Outcome,
        ResultRaw = Cut(e.ResultRaw, EventBounds.Name),
        ResultCode = Cut(e.ResultCode, EventBounds.Text),
        ActorKind = e.Actor.Kind,
        ActorId = Cut(e.Actor.Id, EventBounds.Id),
        ActorUpn = Cut(e.Actor.Upn, EventBounds.Id),
        ActorDisplay = Cut(e.Actor.Display, EventBounds.Id),
        Ip = Cut(e.Actor.Ip, 64),
        Port = e.Actor.Port,
        UserAgent = Cut(e.Actor.UserAgent, EventBounds.Text),
        Details = Details(e),
        CorrelationId = Cut(e.CorrelationId, EventBounds.Id),
        ClientApp = Cut(e.ClientApp, EventBounds.Text),
        Geo = Cut(e.Geo, EventBounds.Name),
        Summary = Cut(e.Summary, EventBounds.Text)!,
        Severity = Cut(e.Severity, EventBounds.Name),
    };

    public static AuditEvent Event(EventRow row)
    {
        var details = JsonSerializer.Deserialize<EventDetails>(row.Details) ?? new EventDetails([], [], []);
        return new AuditEvent(
            row.Tenant, row.Source, row.SourceId, EventId.TimeOf(row.EventId), row.Service, row.RecordType, row.Category, row.Operation, row.Outcome, row.ResultRaw, row.ResultCode,
            new EventActor(row.ActorKind, row.ActorId, row.ActorUpn, row.ActorDisplay, row.Ip, row.Port, row.UserAgent),
            details.Targets, details.Changes, row.CorrelationId, row.ClientApp, row.Geo, row.Summary, row.Severity, details.Doubts);
    }

    public static EventRawRow Raw(long id, ReadOnlyMemory<byte> raw)
    {
        var (content, packed) = (raw.ToArray(), false);
        if (raw.Length >= Compressible)
        {
            var buffer = new byte[BrotliEncoder.GetMaxCompressedLength(raw.Length)];
            // Quality 3: five times as fast as 5 for a tenth more room (bench/adminops).
            if (BrotliEncoder.TryCompress(raw.Span, buffer, out var written, quality: 3, window: 18) && written < raw.Length) (content, packed) = (buffer[..written], true);
        }
        return new EventRawRow { EventId = id, Content = content, Packed = packed, Sha256 = SHA256.HashData(raw.Span) };
    }

    /// <exception cref="InvalidDataException">It is not what was stored.</exception>
    public static byte[] Raw(EventRawRow row)
    {
        var raw = row.Content;
        if (row.Packed)
        {
            using var unpacked = new MemoryStream();
            using (var brotli = new BrotliStream(new MemoryStream(row.Content, writable: false), CompressionMode.Decompress)) brotli.CopyTo(unpacked);
            raw = unpacked.ToArray();
        }
        return SHA256.HashData(raw).AsSpan().SequenceEqual(row.Sha256) ? raw : throw new InvalidDataException($"The record of event {row.EventId} is not what was stored.");
    }

    private static string Details(AuditEvent e)
    {
        var doubts = e.Doubts.Select(d => Cut(d, EventBounds.Text)!).ToList();
        if (e.Targets.Count > MostTargets) doubts.Add($"{e.Targets.Count} targets; the first {MostTargets} are listed, all are in the record.");
        if (e.Changes.Count > MostChanges) doubts.Add($"{e.Changes.Count} changed properties; the first {MostChanges} are listed, all are in the record.");
        return JsonSerializer.Serialize(new EventDetails(
            [.. e.Targets.Take(MostTargets).Select(t => new EventTarget(Cut(t.Id, EventBounds.Id), Cut(t.Type, EventBounds.Name), Cut(t.Display, EventBounds.Id), Cut(t.Upn, EventBounds.Id)))],
            [.. e.Changes.Take(MostChanges).Select(c => new EventChange(Cut(c.Property, EventBounds.Name)!, Cut(c.Old, LongestValue), Cut(c.New, LongestValue)))],
            doubts));
    }

    private static string? Cut(string? text, int most) => text is null || text.Length <= most ? text : text[..(char.IsHighSurrogate(text[most - 2]) ? most - 2 : most - 1)] + "…";
}
