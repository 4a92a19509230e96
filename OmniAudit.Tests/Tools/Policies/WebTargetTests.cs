using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Tests.Tools.Policies;

public sealed class WebTargetTests
{
    [Theory]
    [InlineData("http://example.com", "http://example.com/")]
    [InlineData("HTTP://EXAMPLE.com:80/A?b=C#frag", "http://example.com/A?b=C")]
    [InlineData("https://example.com.:443?q", "https://example.com/?q")]
    [InlineData("https://example.com:8443/x", "https://example.com:8443/x")]
    [InlineData("http://2130706433/", "http://127.0.0.1/")]
    [InlineData("http://0x7f.1/", "http://127.0.0.1/")]
    [InlineData("http://0177.0.0.0x1/", "http://127.0.0.1/")]
    [InlineData("http://012.0.0.5/", "http://10.0.0.5/")]
    [InlineData("http://167772165/", "http://10.0.0.5/")]
    [InlineData("http://0/", "http://0.0.0.0/")]
    [InlineData("http://127.1./", "http://127.0.0.1/")]
    [InlineData("http://[::FFFF:127.0.0.1]:81/", "http://[::ffff:127.0.0.1]:81/")]
    [InlineData("http://[0:0::1]/", "http://[::1]/")]
    [InlineData("http://bücher.example/", "http://xn--bcher-kva.example/")]
    [InlineData("http://example.com/?redirect=http://user@host\\x", "http://example.com/?redirect=http://user@host\\x")]
    public void TryParse_UsableUrl_GivesItsOneSpelling(string url, string canonical)
    {
        Assert.True(WebTarget.TryParse(url, out var target, out var problem), problem);
        Assert.Equal(canonical, target.Url);
    }

    [Theory]
    [InlineData("")]
    [InlineData("example.com")]
    [InlineData("file:///etc/passwd")]
    [InlineData("view-source:http://example.com")]
    [InlineData("javascript:alert(1)")]
    [InlineData("data:text/html,hi")]
    [InlineData("ws://example.com/")]
    [InlineData("http:example.com")]
    [InlineData("http:/example.com")]
    [InlineData("http:///example.com")]
    [InlineData("http://")]
    [InlineData("http://user@example.com/")]
    [InlineData("http://user:word@example.com/")]
    [InlineData("http://example.com@10.0.0.5/")]
    [InlineData("http://example.com\\@10.0.0.5/")]
    [InlineData("http:\\\\10.0.0.5\\")]
    [InlineData("http://example.com/a\\..\\b")]
    [InlineData("http://127%2e0.0.1/")]
    [InlineData("http://１２７.0.0.1/")]
    [InlineData("http://127。0。0。1/")]
    [InlineData("http://ｌocalhost/")]
    [InlineData("http://256.0.0.1/")]
    [InlineData("http://1.2.3.4.5/")]
    [InlineData("http://08.0.0.1/")]
    [InlineData("http://1..2/")]
    [InlineData("http://4294967296/")]
    [InlineData("http://[::1%25lo]/")]
    [InlineData("http://[127.0.0.1]/")]
    [InlineData("http://::1/")]
    [InlineData("http://example.com:0/")]
    [InlineData("http://example.com:65536/")]
    [InlineData("http://example.com:8o/")]
    [InlineData("http://exa mple.com/")]
    [InlineData("http://example.com/\r\nHost: x")]
    [InlineData("\u0001http://example.com/")]
    public void TryParse_MisleadingOrOtherUrl_IsRefusedWithAReason(string url)
    {
        Assert.False(WebTarget.TryParse(url, out var target, out var problem));
        Assert.Null(target);
        Assert.NotEmpty(problem);
    }

    [Fact]
    public void TryParse_AnySpellingOfAnIPv4Address_GivesTheDottedOne()
    {
        var spelled =
            from bytes in Gen.Choose(0, 255).ArrayOf(4)
            from parts in Gen.Choose(1, 4)
            from radix in Gen.Elements(8, 10, 16).ArrayOf(4)
            from dot in Gen.Elements("", ".")
            select (Dotted: string.Join('.', bytes), Text: Spell(bytes, parts, radix) + dot);

        Prop.ForAll(spelled.ToArbitrary(), pair => WebTarget.TryParse($"http://{pair.Text}/", out var target, out _) && target.Host == pair.Dotted)
            .QuickCheckThrowOnFailure();
    }

    [Fact]
    public void TryParse_AnyText_NeverThrowsAndIsStable() =>
        Prop.ForAll(ArbMap.Default.ArbFor<string>(), text =>
        {
            foreach (var url in new[] { text ?? "", "http://" + text, $"http://{text}.example:80/{text}", $"http://[{text}]/" })
            {
                if (!WebTarget.TryParse(url, out var once, out _)) continue;
                if (!WebTarget.TryParse(once.Url, out var twice, out _) || twice != once with { PathAndQuery = twice.PathAndQuery }) return false;
            }
            return true;
        }).QuickCheckThrowOnFailure();

    private static string Spell(int[] bytes, int parts, int[] radix)
    {
        var numbers = new List<long>();
        for (var i = 0; i < parts - 1; i++) numbers.Add(bytes[i]);
        long last = 0;
        for (var i = parts - 1; i < 4; i++) last = last * 256 + bytes[i];
        numbers.Add(last);
        return string.Join('.', numbers.Select((n, i) => radix[i] switch
        {
            8 => "0" + Convert.ToString(n, 8),
            16 => "0x" + n.ToString("x", CultureInfo.InvariantCulture),
            _ => n.ToString(CultureInfo.InvariantCulture),
        }));
    }
}
