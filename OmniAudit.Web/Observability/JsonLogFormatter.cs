using System.Text.Encodings.Web;
using System.Text.Json;
using Serilog.Events;
using Serilog.Formatting;

namespace OmniAudit.Web.Observability;

/// <summary>One JSON object a line, with the field names log readers were promised: timestamp, level, request_id, tool, module, duration_ms, status, error; then message and whatever else the line carries.</summary>
internal sealed class JsonLogFormatter : ITextFormatter
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly string[] Promised = ["request_id", "tool", "module", "duration_ms", "status", "error"];
    private static readonly string[] Own = ["timestamp", "level", "message", "stack", "trace_id"];

    /// <summary>Lines that are written within a trace carry its id.</summary>
    public bool Traces { get; init; }

    public void Format(LogEvent logEvent, TextWriter output)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("timestamp", logEvent.Timestamp.UtcDateTime);
            json.WriteString("level", logEvent.Level.ToString().ToLowerInvariant());
            foreach (var name in Promised)
            {
                if (logEvent.Properties.TryGetValue(name, out var value) && value is not ScalarValue { Value: null }) Write(json, name, value);
            }
            if (logEvent.Exception is { } exception)
            {
                if (!logEvent.Properties.ContainsKey("error")) json.WriteString("error", exception.GetType().Name + ": " + exception.Message);
                json.WriteString("stack", exception.ToString());
            }
            json.WriteString("message", logEvent.RenderMessage());
            if (Traces && logEvent.TraceId is { } trace) json.WriteString("trace_id", trace.ToHexString());
            foreach (var (name, value) in logEvent.Properties)
            {
                // A property by the name of a field of ours is in the message; a name given twice would hide one of the two.
                if (!Promised.Contains(name, StringComparer.Ordinal) && !Own.Contains(name, StringComparer.Ordinal)) Write(json, name, value);
            }
            json.WriteEndObject();
        }
        output.WriteLine(System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
    }

    private static void Write(Utf8JsonWriter json, string name, LogEventPropertyValue value)
    {
        switch (value)
        {
            case ScalarValue { Value: bool boolean }: json.WriteBoolean(name, boolean); break;
            case ScalarValue { Value: double number } when double.IsFinite(number): json.WriteNumber(name, number); break;
            case ScalarValue { Value: int number }: json.WriteNumber(name, number); break;
            case ScalarValue { Value: long number }: json.WriteNumber(name, number); break;
            case ScalarValue { Value: string text }: json.WriteString(name, text); break;
            default: json.WriteString(name, value.ToString()); break;
        }
    }
}
