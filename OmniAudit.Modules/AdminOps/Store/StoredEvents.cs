using System.Collections;
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

    private sealed record EventDetails(IReadOnlyList<EventTarget> Targets, IReadOnlyList<EventChange> Changes, IReadOnlyList<string> Doubts);

    public static EventRow Row(AuditEvent e, byte[] key, DateTimeOffset now) => new()
    {
        EventId = EventId.Wanted(e, key),
        Key = key,
        Tenant = e.Tenant,
        Source = e.Source,
        SourceId = e.SourceId,
        IngestedAt = now,
        Service = e.Service,
        RecordType = e.RecordType,
        Category = e.Category,
        Operation = e.Operation,
        Outcome = e.Outcome,
        ResultRaw = e.ResultRaw,
        ResultCode = e.ResultCode,
        ActorKind = e.Actor.Kind,
        ActorId = e.Actor.Id,
        ActorUpn = e.Actor.Upn,
        ActorDisplay = e.Actor.Display,
        Ip = e.Actor.Ip,
        Port = e.Actor.Port,
        UserAgent = e.Actor.UserAgent,
        Details = JsonSerializer.Serialize(new EventDetails(e.Targets, e.Changes, e.Doubts)),
        CorrelationId = e.CorrelationId,
        ClientApp = e.ClientApp,
        Geo = e.Geo,
        Summary = e.Summary,
        Severity = e.Severity,
    };

    public static AuditEvent Event(EventRow row)
    {
        var details = new Lazy<EventDetails>(() => JsonSerializer.Deserialize<EventDetails>(row.Details) ?? new EventDetails([], [], []), LazyThreadSafetyMode.PublicationOnly);
        return new AuditEvent(
            row.Tenant, row.Source, row.SourceId, EventId.TimeOf(row.EventId), row.Service, row.RecordType, row.Category, row.Operation, row.Outcome, row.ResultRaw, row.ResultCode,
            new EventActor(row.ActorKind, row.ActorId, row.ActorUpn, row.ActorDisplay, row.Ip, row.Port, row.UserAgent),
            new Part<EventTarget>(details, d => d.Targets), new Part<EventChange>(details, d => d.Changes), row.CorrelationId, row.ClientApp, row.Geo, row.Summary, row.Severity, new Part<string>(details, d => d.Doubts));
    }

    /// <summary>A list that is read from the row when it is first asked for: most rules look at none of them.</summary>
    private sealed class Part<T>(Lazy<EventDetails> details, Func<EventDetails, IReadOnlyList<T>> part) : IReadOnlyList<T>
    {
        public T this[int index] => part(details.Value)[index];

        public int Count => part(details.Value).Count;

        public IEnumerator<T> GetEnumerator() => part(details.Value).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
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
}
