using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Tests.Tools;

public sealed class CanonicalJsonTests
{
    private static string Canonical(string json) => Encoding.UTF8.GetString(CanonicalJson.Write(JsonDocument.Parse(json).RootElement));

    // RFC 8785 §3.2.2 and appendix B.
    [Theory]
    [InlineData("""{"b":1,"a":[true,null,"x"]}""", """{"a":[true,null,"x"],"b":1}""")]
    [InlineData("""{ "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001] }""", """{"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27]}""")]
    [InlineData("""{"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/"}""", "{\"string\":\"\u20ac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}")]
    [InlineData("""{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}""", "{\"\\r\":2,\"1\":4,\"\u0080\":6,\"\u00f6\":7,\"\u20ac\":1,\"\ud83d\ude00\":5,\"\ufb33\":3}")]
    [InlineData("[-0, 0.0, -1, 1e21, 123456789012345680000, 1e-7, 0.000001, 9007199254740993]", "[0,0,-1,1e+21,123456789012345680000,1e-7,0.000001,9007199254740992]")]
    public void Write_KnownVectors_GiveTheirBytes(string json, string expected) => Assert.Equal(expected, Canonical(json));

    [Fact]
    public void Write_HalfASurrogatePair_IsRefused() =>
        Assert.Throws<FormatException>(() => Canonical("\"\\ud800\""));

    [Fact]
    public void Write_AnyDouble_ReadsBackAsItself() => Prop.ForAll<NormalFloat>(number =>
        JsonDocument.Parse(Canonical(JsonSerializer.Serialize(number.Get))).RootElement.GetDouble() == number.Get).QuickCheckThrowOnFailure();

    [Fact]
    public void Write_ItsOwnOutput_ChangesNothing() => Prop.ForAll<Dictionary<string, string?>>(value =>
    {
        if (value is null || value.Any(p => HasLoneSurrogate(p.Key) || HasLoneSurrogate(p.Value))) return true;
        var once = Canonical(JsonSerializer.Serialize(value));
        return Canonical(once) == once;
    }).QuickCheckThrowOnFailure();

    private static bool HasLoneSurrogate(string? text)
    {
        try
        {
            new UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(text ?? "");
            return false;
        }
        catch (EncoderFallbackException)
        {
            return true;
        }
    }
}
