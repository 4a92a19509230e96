using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Tests.Tools;

/// <summary>The last resort: whatever a tool answers, an agent gets it short, valid, and told what is missing.</summary>
public sealed class ResultBoundTests
{
    private static JsonElement Element(JsonNode node) => JsonSerializer.SerializeToElement(node);

    private static string Written(JsonElement element) => JsonSerializer.Serialize(element, ResultBound.Writing);

    [Fact]
    public void Fit_OfAShortResult_IsTheResult()
    {
        var result = Element(new JsonObject { ["note"] = new string('x', 23_000) });
        Assert.Equal(result.GetRawText(), ResultBound.Fit(result).GetRawText());
    }

    [Fact]
    public void Fit_OfALongList_KeepsItsBeginningAndCountsTheRest()
    {
        var fitted = ResultBound.Fit(Element(new JsonObject { ["count"] = 5_000, ["items"] = new JsonArray([.. Enumerable.Range(0, 5_000).Select(i => new JsonObject { ["n"] = i })]) }));
        Assert.InRange(Written(fitted).Length, 15_000, ResultBound.MaxLength);
        var items = fitted.GetProperty("items");
        Assert.Equal(Enumerable.Range(0, items.GetArrayLength()), items.EnumerateArray().Select(i => i.GetProperty("n").GetInt32()));
        Assert.Contains($"items ({items.GetArrayLength()} of 5000)", fitted.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Fit_OfOneLongText_CutsItAndNothingElse()
    {
        var fitted = ResultBound.Fit(Element(new JsonObject { ["message"] = "Done.", ["a"] = new JsonArray("x", new JsonObject { ["deep"] = string.Concat(Enumerable.Repeat("\U0001F600\"", 40_000)) }), ["b"] = new JsonArray(1, 2) }));
        Assert.True(Written(fitted).Length <= ResultBound.MaxLength);
        Assert.Equal((2, 2), (fitted.GetProperty("a").GetArrayLength(), fitted.GetProperty("b").GetArrayLength()));
        Assert.EndsWith("…", fitted.GetProperty("a")[1].GetProperty("deep").GetString(), StringComparison.Ordinal);
        Assert.Matches(@"^Done\. Cut for size: a\[1\]\.deep \(\d+ characters of 120000\)\. ", fitted.GetProperty("message").GetString());
    }

    [Fact]
    public void Fit_OfManySmallFields_LeavesTheShortFacts()
    {
        var many = new JsonObject();
        for (var i = 0; i < 20_000; i++) many[$"field{i}"] = i;
        var fitted = ResultBound.Fit(Element(new JsonObject { ["status"] = "executed", ["result"] = many }));
        Assert.Equal("executed", fitted.GetProperty("status").GetString());
        Assert.Contains("result (left out)", fitted.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.True(Written(fitted).Length <= ResultBound.MaxLength);
    }

    [Fact]
    public void Fit_OfAnything_IsShortAndOfTheSameTypes() => Prop.ForAll<List<string>, List<int>, NonEmptyString>((texts, numbers, name) =>
    {
        var whole = new JsonObject { ["texts"] = new JsonArray([.. texts.Select(t => JsonValue.Create(string.Concat(Enumerable.Repeat((t ?? "").Where(c => !char.IsSurrogate(c)).Append('.').ToArray(), 700).SelectMany(c => c))))]), ["numbers"] = new JsonArray([.. numbers.SelectMany(n => Enumerable.Repeat(n, 300)).Select(n => JsonValue.Create(n))]) };
        var fitted = ResultBound.Fit(Element(whole));
        return Written(fitted).Length <= ResultBound.MaxLength && fitted.EnumerateObject().All(p => p.Name == "message" || p.Value.ValueKind == JsonValueKind.Array);
    }).QuickCheckThrowOnFailure();
}
