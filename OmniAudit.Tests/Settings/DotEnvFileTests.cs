using FsCheck;
using FsCheck.Fluent;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Tests.Settings;

public sealed class DotEnvFileTests
{
    [Theory]
    [InlineData("A=b", "b")]
    [InlineData("\uFEFFA=b\r\n", "b")]
    [InlineData("  export A = b c  # comment", "b c")]
    [InlineData("A=b#c", "b#c")]
    [InlineData("A=", "")]
    [InlineData("A=#c", "")]
    [InlineData("A='b # c' # d", "b # c")]
    [InlineData("A='b\\n$C'", "b\\n$C")]
    [InlineData("A=\"b\\nc\\\"d\\\\e\\$f\\x\"", "b\nc\"d\\e$f\\x")]
    [InlineData("A=\"-----BEGIN\nabc=\n-----END\"\n# comment\nB=c", "-----BEGIN\nabc=\n-----END")]
    [InlineData("A=a\nA=b", "b")]
    [InlineData("A=a=b", "a=b")]
    [InlineData("A=\"b\\tc\\rd\"", "b\tc\rd")]
    public void Parse_Line_GivesTheValue(string text, string value)
    {
        var errors = new List<string>();
        Assert.Equal(value, DotEnvFile.Parse(text, ".env", errors)["A"]);
        Assert.Empty(errors);
    }

    [Theory]
    [InlineData("\n\nsecret without equals", ".env line 3: ")]
    [InlineData("1A=secret", ".env line 1: ")]
    [InlineData("=secret", ".env line 1: ")]
    [InlineData("A='secret", ".env line 1: ")]
    [InlineData("B=1\nA='b' secret\nC=d", ".env line 2: ")]
    public void Parse_WrongLine_IsNamedAndNotRepeated(string text, string begins)
    {
        var errors = new List<string>();
        DotEnvFile.Parse(text, ".env", errors);
        Assert.StartsWith(begins, Assert.Single(errors), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", errors[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_AnyQuotedValues_ComeBackAsTheyWere() => Prop.ForAll<NonNull<string>[]>(values =>
    {
        var text = string.Concat(values.Select((v, i) => $"KEY_{i}=\"{v.Get.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"\n"));
        var errors = new List<string>();
        var parsed = DotEnvFile.Parse(text, ".env", errors);
        return errors.Count == 0 && parsed.Count == values.Length && values.Select((v, i) => parsed[$"KEY_{i}"] == v.Get).All(same => same);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Parse_AnyText_EndsWithValuesOrErrors() => Prop.ForAll(
        Gen.Elements("A", "=", "\"", "'", "\\", "\n", " ", "#", "export ", "é", "\r", "$").ArrayOf().Select(string.Concat).ToArbitrary(),
        text =>
        {
            var errors = new List<string>();
            var values = DotEnvFile.Parse(text, ".env", errors);
            return values.Keys.All(k => k.Length > 0) && (values.Count > 0 || errors.Count > 0 || text.Split('\n').All(l => l.Trim().Length == 0 || l.TrimStart().StartsWith('#')));
        }).QuickCheckThrowOnFailure();
}
