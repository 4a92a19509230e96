using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace OmniAudit.Tests.Observability;

/// <summary>
/// Stands in for an OTLP/HTTP collector (opentelemetry-proto, trace/v1): keeps every body as it came, for whoever looks for something in it, and reads of
/// the spans only what the tests ask: ids, name, attributes, links.
/// </summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Lock _lock = new();
    private readonly List<(string Path, byte[] Body)> _received = [];

    private OtlpCollector(WebApplication app) => _app = app;

    public string Url => _app.Urls.First();

    public IReadOnlyList<(string Path, byte[] Body)> Received
    {
        get { lock (_lock) return [.. _received]; }
    }

    public IReadOnlyList<Span> Spans => [.. Received.Where(r => r.Path == "/v1/traces").SelectMany(r => Read(r.Body))];

    public static async Task<OtlpCollector> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var collector = new OtlpCollector(app);
        app.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            lock (collector._lock) collector._received.Add((context.Request.Path, body.ToArray()));
            context.Response.StatusCode = (int)HttpStatusCode.OK;
        });
        await app.StartAsync();
        return collector;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    /// <summary>ExportTraceServiceRequest.resource_spans(1) → scope_spans(2) → spans(2).</summary>
    private static IEnumerable<Span> Read(byte[] body) =>
        from resource in Fields(body) where resource.Number == 1
        from scope in Fields(resource.Bytes) where scope.Number == 2
        from span in Fields(scope.Bytes) where span.Number == 2
        select ReadSpan(span.Bytes);

    private static Span ReadSpan(ReadOnlyMemory<byte> bytes)
    {
        var fields = Fields(bytes).ToList();
        return new Span(Hex(fields, 1), Hex(fields, 2), Hex(fields, 4), Text(fields, 5), Attributes(fields, 9), fields.Count(f => f.Number == 11),
            [.. fields.Where(f => f.Number == 13).Select(f => Hex([.. Fields(f.Bytes)], 2))]);
    }

    private static Dictionary<string, string> Attributes(List<Field> fields, int number) => fields.Where(f => f.Number == number).Select(f => Fields(f.Bytes).ToList())
        .ToDictionary(pair => Text(pair, 1), pair => Value(pair.First(f => f.Number == 2)), StringComparer.Ordinal);

    /// <summary>AnyValue: a text, or a number as a number.</summary>
    private static string Value(Field any) => Fields(any.Bytes).FirstOrDefault() is { } value ? (value.Number == 1 ? Encoding.UTF8.GetString(value.Bytes.Span) : value.Varint.ToString()) : "";

    private static string Text(List<Field> fields, int number) => fields.Find(f => f.Number == number) is { } field ? Encoding.UTF8.GetString(field.Bytes.Span) : "";

    private static string Hex(List<Field> fields, int number) => fields.Find(f => f.Number == number) is { } field ? Convert.ToHexStringLower(field.Bytes.Span) : "";

    /// <summary>The fields of a message (protobuf.dev/programming-guides/encoding).</summary>
    private static IEnumerable<Field> Fields(ReadOnlyMemory<byte> message)
    {
        var at = 0;
        while (at < message.Length)
        {
            var tag = Varint(message.Span, ref at);
            var number = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0: yield return new Field(number, default, Varint(message.Span, ref at)); break;
                case 1: at += 8; yield return new Field(number, default, 0); break;
                case 5: at += 4; yield return new Field(number, default, 0); break;
                case 2:
                    var length = (int)Varint(message.Span, ref at);
                    yield return new Field(number, message.Slice(at, length), 0);
                    at += length;
                    break;
                default: throw new FormatException($"Wire type {tag & 7}.");
            }
        }
    }

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var b = bytes[at++];
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80) return value;
        }
    }

    private sealed record Field(int Number, ReadOnlyMemory<byte> Bytes, ulong Varint);

    /// <param name="Links">Ids of the spans that are linked.</param>
    internal sealed record Span(string TraceId, string SpanId, string ParentId, string Name, IReadOnlyDictionary<string, string> Attributes, int Events, IReadOnlyList<string> Links);
}
