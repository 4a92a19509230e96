using System.Text.Json;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Tools;

public sealed class SchemaValidatorTests
{
    private static readonly CatalogTool Tool = ToolCatalog.FromAssemblies(typeof(ProbeWriteTool).Assembly).Find("probe.write_note")!;

    [Theory]
    [InlineData("""{}""", "text", "is required")]
    [InlineData("""{"text":null}""", "text", "must be a string, not null")]
    [InlineData("""{"text":7}""", "text", "must be a string, not the number 7")]
    [InlineData("""{"text":""}""", "text", "must not be empty")]
    [InlineData("""{"text":"x","colour":"blue"}""", "colour", "must be one of 'red', 'green'")]
    [InlineData("""{"text":"x","copies":9}""", "copies", "must be at most 5, is 9")]
    [InlineData("""{"text":"x","copies":0}""", "copies", "must be at least 1, is 0")]
    [InlineData("""{"text":"x","copies":1.5}""", "copies", "must be an integer")]
    [InlineData("""{"text":"x","copies":"1"}""", "copies", "must be an integer, not a string")]
    [InlineData("""{"text":"x","tags":"a"}""", "tags", "must be an array")]
    [InlineData("""{"text":"x","tags":["a","B"]}""", "tags[1]", "must match")]
    [InlineData("""{"text":"x","tags":["a","b","c","d"]}""", "tags", "at most 3 entries, has 4")]
    [InlineData("""{"text":"x","texts":"y"}""", "texts", "is not known here; known are text, copies, colour, tags")]
    [InlineData("""{"text":"x","text":"y"}""", "text", "is given twice")]
    [InlineData("""[]""", "", "must be an object")]
    [InlineData("""{"text":"\ud800"}""", "", "not valid Unicode")]
    public void Validate_WrongArgument_NamesTheFieldAndWhatItMustBe(string arguments, string field, string message)
    {
        var error = Assert.Single(SchemaValidator.Validate(Tool.ArgumentsSchema, JsonDocument.Parse(arguments).RootElement));
        Assert.Equal(field, error.Field);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"text":"x"}""")]
    [InlineData("""{"text":"x","copies":5,"colour":"red","tags":["a"]}""")]
    [InlineData("""{"text":"x","copies":null}""")]
    public void Validate_GoodArguments_HasNothingToSay(string arguments) =>
        Assert.Empty(SchemaValidator.Validate(Tool.ArgumentsSchema, JsonDocument.Parse(arguments).RootElement));

    [Fact]
    public void Validate_ThousandsOfUnknownArguments_ListsABoundedNumber()
    {
        var arguments = JsonSerializer.SerializeToElement(Enumerable.Range(0, 5000).ToDictionary(i => $"a{i}", i => i));
        Assert.InRange(SchemaValidator.Validate(Tool.ArgumentsSchema, arguments).Count, 2, 22);
    }
}
