using System.Net;
using System.Net.Sockets;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Tests.Tools.Policies;

public sealed class UrlPolicyTests
{
    private const string Public = "93.184.216.34";

    [Theory]
    [InlineData("http://127.0.0.1/")]
    [InlineData("http://127.255.0.3/")]
    [InlineData("http://2130706433/")]
    [InlineData("http://0x7f000001/")]
    [InlineData("http://0177.1/")]
    [InlineData("http://0.0.0.0/")]
    [InlineData("http://10.0.0.5/")]
    [InlineData("http://167772165/")]
    [InlineData("http://012.0.0.5/")]
    [InlineData("http://100.64.0.1/")]
    [InlineData("http://169.254.1.1/")]
    [InlineData("http://172.16.0.1/")]
    [InlineData("http://172.31.255.255/")]
    [InlineData("http://192.0.0.8/")]
    [InlineData("http://192.0.2.1/")]
    [InlineData("http://192.88.99.1/")]
    [InlineData("http://192.168.1.1/")]
    [InlineData("http://198.19.0.1/")]
    [InlineData("http://198.51.100.7/")]
    [InlineData("http://203.0.113.9/")]
    [InlineData("http://224.0.0.1/")]
    [InlineData("http://240.0.0.1/")]
    [InlineData("http://255.255.255.255/")]
    [InlineData("http://[::]/")]
    [InlineData("http://[::1]/")]
    [InlineData("http://[::ffff:127.0.0.1]/")]
    [InlineData("http://[::ffff:a00:5]/")]
    [InlineData("http://[::10.0.0.5]/")]
    [InlineData("http://[64:ff9b::10.0.0.5]/")]
    [InlineData("http://[64:ff9b:1::1]/")]
    [InlineData("http://[2002:a00:5::1]/")]
    [InlineData("http://[2001:0:5db8:d822:0:0:f5ff:fffa]/")]
    [InlineData("http://[100::1]/")]
    [InlineData("http://[2001:db8::1]/")]
    [InlineData("http://[fc00::1]/")]
    [InlineData("http://[fd12:3456::1]/")]
    [InlineData("http://[fe80::1]/")]
    [InlineData("http://[fec0::1]/")]
    [InlineData("http://[ff02::1]/")]
    public async Task CheckAsync_AddressThatIsNotPublic_IsDeniedAndSaysHowToAllowIt(string url)
    {
        var verdict = await Policy([]).CheckAsync(url, default);

        Assert.Equal("address_denied", verdict.Code);
        Assert.Contains("URL_ALLOWLIST", verdict.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("http://0xa9fea9fe/")]
    [InlineData("http://[::ffff:169.254.169.254]/")]
    [InlineData("http://169.254.170.2/")]
    [InlineData("http://168.63.129.16/")]
    [InlineData("http://100.100.100.200/")]
    [InlineData("http://[fd00:ec2::254]/")]
    [InlineData("http://metadata.google.internal/")]
    [InlineData("http://Metadata.Google.Internal./")]
    public async Task CheckAsync_CloudMetadata_IsDeniedEvenWhenListed(string url)
    {
        var authority = new Uri(url).Host.Trim('[', ']').TrimEnd('.');
        var policy = Policy(["*", $"{authority}:80", "169.254.169.254:80", "[fd00:ec2::254]:80"]);

        Assert.Equal("metadata_denied", (await policy.CheckAsync(url, default)).Code);
    }

    [Theory]
    [InlineData("http://example.com/", true)]
    [InlineData("https://example.com/", true)]
    [InlineData("http://1.1.1.1/", true)]
    [InlineData("http://[2606:4700::1111]/", true)]
    [InlineData("http://[2002:101:101::1]/", true)]
    [InlineData("http://example.com:8080/", false)]
    [InlineData("https://example.com:22/", false)]
    [InlineData("http://localhost/", false)]
    [InlineData("http://app.localhost/", false)]
    [InlineData("http://LOCALHOST./", false)]
    [InlineData("ftp://example.com/", false)]
    [InlineData("http://me@example.com/", false)]
    public async Task CheckAsync_EmptyAllowlist_MeansPublicHostsOnDefaultPorts(string url, bool allowed) =>
        Assert.Equal(allowed, (await Policy([]).CheckAsync(url, default)).Allowed);

    [Theory]
    [InlineData("http://example.com/", true)]
    [InlineData("http://EXAMPLE.com./", true)]
    [InlineData("http://www.example.com/", false)]
    [InlineData("http://notexample.com/", false)]
    [InlineData("http://example.com.evil.test/", false)]
    [InlineData("http://evil.test/example.com", false)]
    [InlineData("http://a.wild.test/", true)]
    [InlineData("http://b.a.wild.test/", true)]
    [InlineData("http://wild.test/", false)]
    [InlineData("http://port.test:8443/", true)]
    [InlineData("http://port.test/", false)]
    [InlineData("http://example.com:8443/", false)]
    public async Task CheckAsync_Allowlist_ComparesWholeHosts(string url, bool allowed) =>
        Assert.Equal(allowed, (await Policy(["Example.com", "*.wild.test", "port.test:8443"]).CheckAsync(url, default)).Allowed);

    [Theory]
    [InlineData("http://127.0.0.1:8081/", true)]
    [InlineData("http://2130706433:8081/", true)]
    [InlineData("http://127.0.0.1:8082/", false)]
    [InlineData("http://127.0.0.2:8081/", false)]
    [InlineData("http://localhost:8081/", false)]
    [InlineData("http://[::ffff:127.0.0.1]:8081/", false)]
    public async Task CheckAsync_ExactLoopbackEntry_OpensOnlyThatHostAndPort(string url, bool allowed) =>
        Assert.Equal(allowed, (await Policy(["127.0.0.1:8081"]).CheckAsync(url, default)).Allowed);

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("10.0.0.0/8")]
    [InlineData("*")]
    [InlineData("*.0.0.1")]
    public async Task CheckAsync_LooseEntry_OpensNoPrivateTarget(string entry)
    {
        Assert.False((await Policy([entry]).CheckAsync("http://127.0.0.1/", default)).Allowed);
        Assert.False((await Policy([entry]).CheckAsync("http://10.0.0.5/", default)).Allowed);
    }

    [Fact]
    public async Task CheckAsync_LoopbackUrl_NamesTheEntryToAdd() =>
        Assert.Contains("127.0.0.1 is a loopback address; add 127.0.0.1:8081 to URL_ALLOWLIST to allow exactly this target", (await Policy([]).CheckAsync("http://0x7f.1:8081/x", default)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task CheckAsync_PrivateEntryByName_OpensThatNameAtThatPort()
    {
        var policy = Policy(["intranet.test:8080"], resolver: Answers("10.0.0.5"));

        Assert.True((await policy.CheckAsync("http://intranet.test:8080/", default)).Allowed);
        Assert.False((await policy.CheckAsync("http://intranet.test/", default)).Allowed);
    }

    [Theory]
    [InlineData("example.com", "http://example.com/")]
    [InlineData("*.example.com", "http://www.example.com/")]
    [InlineData("*.example.com", "http://a.b.example.com/")]
    [InlineData("*", "http://example.com/")]
    [InlineData(Public, "http://example.com/")]
    [InlineData("93.184.216.0/24", "http://example.com/")]
    [InlineData("example.com:80", "http://example.com/")]
    [InlineData("1.1.1.1", "http://0x01010101/")]
    public async Task CheckAsync_Denylist_WinsOverTheAllowlistAndOverAddresses(string denied, string url)
    {
        string[] allow = ["example.com", "*.example.com", "1.1.1.1", "example.com:80"];

        Assert.True((await Policy(allow).CheckAsync(url, default)).Allowed);
        Assert.Equal("url_denied", (await Policy(allow, [denied]).CheckAsync(url, default)).Code);
    }

    [Fact]
    public async Task CheckAsync_DenylistEntryForAnotherHost_DeniesNothingElse() =>
        Assert.True((await Policy([], ["*.example.com", "example.org"]).CheckAsync("http://example.com/", default)).Allowed);

    [Theory]
    [InlineData(Public, "10.0.0.5")]
    [InlineData("10.0.0.5", Public)]
    [InlineData(Public, "::1")]
    [InlineData(Public, "169.254.169.254")]
    public async Task ResolveAsync_OneBadAnswerAmongGoodOnes_Denies(params string[] answers)
    {
        var endpoint = await Policy([], resolver: Answers(answers)).ResolveAsync("mixed.test", 80, default);

        Assert.False(endpoint.Verdict.Allowed);
        Assert.Empty(endpoint.Addresses);
    }

    [Fact]
    public async Task ResolveAsync_AllowedName_GivesTheJudgedAddresses() =>
        Assert.Equal([IPAddress.Parse(Public), IPAddress.Parse("2606:4700::1111")], (await Policy([], resolver: Answers("2606:4700::1111", Public)).ResolveAsync("two.test", 443, default)).Addresses);

    [Fact]
    public async Task CheckAsync_NameWithoutAddress_SaysSo()
    {
        Assert.Equal("host_unresolved", (await Policy([], resolver: Answers()).CheckAsync("http://nowhere.test/", default)).Code);
        Assert.Equal("host_unresolved", (await Policy([], resolver: (_, _) => throw new SocketException((int)SocketError.HostNotFound)).CheckAsync("http://nowhere.test/", default)).Code);
    }

    [Fact]
    public async Task CheckAsync_HostThatIsNotListed_IsNeverLookedUp()
    {
        var asked = 0;
        var policy = Policy(["example.com"], resolver: (_, _) => { asked++; return Task.FromResult<IReadOnlyList<IPAddress>>([IPAddress.Parse(Public)]); });

        Assert.Equal("url_not_allowed", (await policy.CheckAsync("http://secret-data.evil.test/", default)).Code);
        Assert.Equal(0, asked);
    }

    private static HostResolver Answers(params string[] addresses) => (_, _) => Task.FromResult<IReadOnlyList<IPAddress>>([.. addresses.Select(IPAddress.Parse)]);

    private static UrlPolicy Policy(string[] allow, string[]? deny = null, HostResolver? resolver = null)
    {
        var options = new OmniAuditOptions();
        options.Policy.UrlAllowlist = allow;
        options.Policy.UrlDenylist = deny ?? [];
        return new UrlPolicy(options, resolver ?? Answers(Public));
    }
}
