using System.Text.RegularExpressions;
using OmniAudit.Modules.Settings;
using OmniAudit.Tests.Support;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace OmniAudit.Tests.Deployment;

/// <summary>The compose files as far as they can be judged without a container engine: form, names, what depends on what, what is closed.</summary>
public sealed partial class ComposeTests
{
    private const string Ours = "omniaudit:local";

    private static readonly string[] Both = ["compose.yaml", "compose.single.yaml"];

    public static TheoryData<string> Files => new(Both);

    [Theory]
    [MemberData(nameof(Files))]
    public void Services_OfTheProduct_SetOnlySettingsThatExistToValuesThatAreAllowed(string file)
    {
        foreach (var (name, service) in Product(file))
        {
            foreach (var (key, value) in Map(service, "environment"))
            {
                var setting = SettingsTable.All.SingleOrDefault(s => s.Key == (string)key);
                Assert.True(setting is not null, $"{file}, {name}: there is no setting {key}.");
                var text = Filled((string)value);
                if (setting.Key == "DATABASE_URL") Assert.Equal("postgresql", DatabaseUrl.TryParse(text)?.Provider);
                else Assert.True(setting.Apply(new OmniAuditOptions(), text), $"{file}, {name}: {key} may not be '{text}'. Allowed: {setting.Allowed}.");
                if (setting.Secret) Assert.StartsWith("${", (string)value, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Services_OfTheProduct_HaveNothingTheyDoNotNeed(string file)
    {
        foreach (var (name, service) in Product(file))
        {
            Assert.True("true".Equals(service["read_only"]), $"{file}, {name}: the root is not read-only.");
            Assert.Contains("ALL", List(service, "cap_drop"));
            Assert.Contains("no-new-privileges:true", List(service, "security_opt"));
            Assert.Contains("/tmp", List(service, "tmpfs"));
            Assert.Contains(List(service, "volumes"), v => v.EndsWith(":/data", StringComparison.Ordinal));
        }
        Assert.All(Services(file), s => Assert.All(List(s.Value, "ports"), port => Assert.StartsWith("127.0.0.1:", port, StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Services_WaitForOthers_ThatExistAndCanFulfilIt(string file)
    {
        var services = Services(file);
        foreach (var (name, service) in services)
        {
            foreach (var (key, condition) in Map(service, "depends_on"))
            {
                Assert.True(services.TryGetValue((string)key, out var other), $"{file}: {name} waits for {key}, which is not there.");
                // The product's health check is the Dockerfile's.
                var fulfilled = (string)((Dictionary<object, object>)condition)["condition"] switch
                {
                    "service_healthy" => other.ContainsKey("healthcheck") || other.ContainsKey("build"),
                    "service_completed_successfully" => !other.ContainsKey("restart"),
                    _ => false,
                };
                Assert.True(fulfilled, $"{file}: {name} waits for {key} in a way that never comes about.");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Names_OfVolumesImagesAndVariables_AreDeclaredAndFixed(string file)
    {
        var named = Services(file).SelectMany(s => List(s.Value, "volumes")).Select(v => v.Split(':')[0]).Where(v => !v.StartsWith('.')).ToHashSet();
        Assert.Equal(Map(Parse(file), "volumes").Keys.Cast<string>().Order(), named.Order());
        Assert.All(Services(file).Values.Select(s => (string)s["image"]), image => Assert.Matches(@"\A[a-z0-9./-]+:(?!latest\z)[A-Za-z0-9._-]+\z", image));
        var example = ExampleNames();
        Assert.All(Variables().Matches(File.ReadAllText(SourceTree.At(file))).Select(m => m.Groups["name"].Value), name => Assert.Contains(name, example));
        Assert.Empty(Map(Parse(file), "secrets"));
    }

    [Fact]
    public void EnvExample_NamesOnlySettingsAndWhatComposeReads_AndHoldsNoSecret()
    {
        var read = Both.SelectMany(f => Variables().Matches(File.ReadAllText(SourceTree.At(f)))).Select(m => m.Groups["name"].Value).ToHashSet();
        foreach (var line in File.ReadLines(SourceTree.At(".env.example")).Where(l => l.Length > 0 && l[0] != '#'))
        {
            var (name, value) = (line.Split('=')[0], line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..]);
            var setting = SettingsTable.All.SingleOrDefault(s => s.Key == name);
            Assert.True(setting is not null || read.Contains(name), $".env.example: nothing reads {name}.");
            Assert.True(value.Length == 0 || setting is { Secret: false }, $".env.example: {name} has a value.");
        }
    }

    [Fact]
    public void Proxy_KnowsEveryReplicaAndNoOther()
    {
        var servers = Server().Matches(File.ReadAllText(SourceTree.At("deploy", "nginx.conf"))).Select(m => m.Groups["name"].Value);
        Assert.Equal(Product("compose.yaml").Select(s => s.Key).Order(), servers.Order());
        Assert.All(Product("compose.yaml"), s => Assert.Contains(s.Key, ((string)Map(s.Value, "environment")["APP_ALLOWED_HOSTS"]).Split(',')));
    }

    private static Dictionary<object, object> Parse(string file)
    {
        using var reader = new StreamReader(SourceTree.At(file));
        return new DeserializerBuilder().Build().Deserialize<Dictionary<object, object>>(new MergingParser(new Parser(reader)));
    }

    private static Dictionary<string, Dictionary<object, object>> Services(string file) => Map(Parse(file), "services").ToDictionary(s => (string)s.Key, s => (Dictionary<object, object>)s.Value);

    private static List<KeyValuePair<string, Dictionary<object, object>>> Product(string file)
    {
        var found = Services(file).Where(s => Ours.Equals(s.Value["image"])).ToList();
        Assert.NotEmpty(found);
        return found;
    }

    private static Dictionary<object, object> Map(Dictionary<object, object> of, string key) => of.GetValueOrDefault(key) as Dictionary<object, object> ?? [];

    private static List<string> List(Dictionary<object, object> of, string key) => of.GetValueOrDefault(key) is List<object> list ? [.. list.Cast<string>()] : [];

    private static List<string> ExampleNames() => [.. File.ReadLines(SourceTree.At(".env.example")).Where(l => l.Length > 0 && l[0] != '#').Select(l => l.Split('=')[0])];

    /// <summary>As compose fills in variables that are set to something, or have a default.</summary>
    private static string Filled(string value) => Variables().Replace(value, m => m.Groups["default"] is { Success: true, Length: > 0 } d ? d.Value : "0123456789abcdef0123456789abcdef");

    [GeneratedRegex(@"\$\{(?<name>[A-Z0-9_]+)(?::-(?<default>[^}]*)|:\?[^}]*)?\}", RegexOptions.None, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Variables();

    [GeneratedRegex(@"^\s*server (?<name>[a-z0-9-]+):8080", RegexOptions.Multiline, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Server();
}
