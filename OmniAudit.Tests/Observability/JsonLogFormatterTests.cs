using System.Text.Json;
using OmniAudit.Web.Observability;
using Serilog;
using Serilog.Events;

namespace OmniAudit.Tests.Observability;

public sealed class JsonLogFormatterTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 1, 13, 0, 0, TimeSpan.FromHours(1));

    private static string Line(string template, object?[] values, Exception? exception = null, LogEventLevel level = LogEventLevel.Information)
    {
        using var logger = new LoggerConfiguration().MinimumLevel.Verbose().CreateLogger();
        Assert.True(logger.BindMessageTemplate(template, values, out var parsed, out var properties));
        using var text = new StringWriter();
        new JsonLogFormatter().Format(new LogEvent(At, level, exception, parsed, properties), text);
        return text.ToString();
    }

    private static JsonElement Fields(string line) => JsonDocument.Parse(line).RootElement;

    [Fact]
    public void Format_OfACall_HasThePromisedFieldsInTheirOrderAndTypes()
    {
        var line = Fields(Line("{extra} {error} {status} {duration_ms} {module} {tool} {request_id}", [true, "policy_denied", "refused", 12.5, "core", "core.health", "req-1"], level: LogEventLevel.Warning));

        Assert.Equal(
            ["timestamp", "level", "request_id", "tool", "module", "duration_ms", "status", "error", "message", "extra"],
            line.EnumerateObject().Select(p => p.Name));
        Assert.Equal(At, line.GetProperty("timestamp").GetDateTimeOffset());
        Assert.EndsWith("Z", line.GetProperty("timestamp").GetString(), StringComparison.Ordinal);
        Assert.Equal(("warning", "core.health", 12.5), (line.GetProperty("level").GetString(), line.GetProperty("tool").GetString(), line.GetProperty("duration_ms").GetDouble()));
        Assert.True(line.GetProperty("extra").GetBoolean());
    }

    [Fact]
    public void Format_OfACallWithoutError_HasNoErrorField() => Assert.False(Fields(Line("{status} {error}", ["succeeded", null])).TryGetProperty("error", out _));

    [Fact]
    public void Format_OfAnException_NamesItAndIsStillOneLine()
    {
        var line = Line("broke at {Place}", ["a\r\nb\u2028c \"d\" \u0000"], new InvalidOperationException("first\nsecond"));

        Assert.Equal(1, line.Count(c => c == '\n'));
        Assert.EndsWith("\n", line, StringComparison.Ordinal);
        Assert.Equal("InvalidOperationException: first\nsecond", Fields(line).GetProperty("error").GetString());
        Assert.Contains("InvalidOperationException", Fields(line).GetProperty("stack").GetString(), StringComparison.Ordinal);
        Assert.Equal("a\r\nb\u2028c \"d\" \u0000", Fields(line).GetProperty("Place").GetString());
    }

    [Fact]
    public void Format_OfPropertiesNamedLikeItsFields_GivesNoNameTwice()
    {
        var names = Fields(Line("{message} {level} {timestamp} {stack} {error}", ["m", "l", "t", "s", "e"], new InvalidOperationException())).EnumerateObject().Select(p => p.Name).ToList();
        Assert.Equal(names.Distinct(StringComparer.Ordinal), names);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Format_OfANumberThatJsonCannotHold_IsStillJson(double value) => Assert.Equal(JsonValueKind.String, Fields(Line("{n}", [value])).GetProperty("n").ValueKind);

    [Fact]
    public void Format_OfListsAndObjects_IsStillJson() => Assert.Contains("2", Fields(Line("{list} {@thing}", [new[] { 1, 2 }, new { A = "x" }])).GetProperty("list").ToString(), StringComparison.Ordinal);
}
