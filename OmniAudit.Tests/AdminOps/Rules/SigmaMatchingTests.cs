using System.Text;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Rules.Sigma;

namespace OmniAudit.Tests.AdminOps.Rules;

/// <summary>Sigma 2.1: what matches what.</summary>
public sealed class SigmaMatchingTests
{
    private const string Record = """
        {"Operation":"Set-Mailbox","Name":"Admin Audit","Path":"C:\\Windows\\System32\\cmd.exe","Cmd":"cmd.exe –enc SQBFAFgA /c run","Empty":"","Nothing":null,"Count":17,"Ratio":"2.5","Yes":true,
         "Ip":"10.1.2.3","Ip6":"2001:db8::7","Mapped":"::ffff:10.9.9.9","When":"2026-03-04T22:15:00Z","Same":"admin audit","Inner":{"Deep":{"Leaf":"found"}},"Many":["one","two"],"Star":"a*b","Lines":"first\nsecond",
         "Parameters":[{"Name":"ForwardingSmtpAddress","Value":"smtp:x@evil.example"},{"Name":"Identity","Value":"bob"}],"B64":"prefix L2Jpbi9iYXNo suffix","Wide":"cABpAG4AZwA=",
         "OneOff":"xxL2Jpbi9iYXNoxx","Quoted":"\"Global Administrator\"","List":[{"k":"a"},{"k":"b"}]}
        """;

    private static AuditEvent Event(string record, string source = EventSources.Unified, int? type = null, string operation = "Set-Mailbox", EventOutcome outcome = EventOutcome.Success) => new(
        "t", source, "id", DateTimeOffset.UnixEpoch, "Exchange", type, "ExchangeAdmin", operation, outcome, "True", null, new EventActor(ActorKinds.User, "u-1", "ada@contoso.com", "Ada", "10.1.2.3", null, "agent/1"),
        [new EventTarget("t-1", "User", "Bob", "bob@contoso.com")], [new EventChange("Role.DisplayName", null, "Global Administrator")], null, "Browser", null, "Ada Set-Mailbox Bob", null, []);

    internal static bool Matches(string yaml, AuditEvent? e = null, string? record = null)
    {
        var document = SigmaReader.Read(yaml)[0];
        return SigmaMatcher.Compile(document.LogSource, document.Detection!, document.Placeholders, []).IsMatch(new EventFields(e ?? Event(Record), Encoding.UTF8.GetBytes(record ?? Record)));
    }

    private static string Rule(string selection, string extra = "") => $"title: t\nlogsource: {{product: omniaudit}}\n{extra}\ndetection:\n  sel: {selection}\n  condition: sel\n";

    [Theory]
    // Plain values, wildcards, escapes.
    [InlineData("{Name: 'ADMIN audit'}", true)]
    [InlineData("{Name: 'Admin'}", false)]
    [InlineData("{Name: 'Admin*'}", true)]
    [InlineData("{Name: '?dmin Audi?'}", true)]
    [InlineData("{Name: '*min*dit'}", true)]
    [InlineData("{Name: '?Admin Audit'}", false)]
    [InlineData("{Star: 'a\\*b'}", true)]
    [InlineData("{Star: 'a\\?b'}", false)]
    [InlineData("{Path: 'C:\\Windows\\System32\\cmd.exe'}", true)]
    [InlineData("{Path: 'C:\\\\Windows\\*\\cmd.exe'}", false)]
    [InlineData("{Path: 'C:\\Windows\\\\*\\cmd.exe'}", true)]
    [InlineData("{Name: [x, 'admin audit']}", true)]
    [InlineData("{Name: 'admin audit', Count: 18}", false)]
    [InlineData("{Name: 'admin audit', Count: 17}", true)]
    [InlineData("{Yes: true}", true)]
    [InlineData("[{Name: x}, {Count: 17}]", true)]
    // null and ''.
    [InlineData("{Empty: ''}", true)]
    [InlineData("{Empty: null}", false)]
    [InlineData("{Nothing: null}", true)]
    [InlineData("{Nothing: ''}", false)]
    [InlineData("{Missing: null}", true)]
    [InlineData("{Missing: ''}", false)]
    // Fields: paths, lists, names with values, case.
    [InlineData("{inner.deep.LEAF: found}", true)]
    [InlineData("{Many: two}", true)]
    [InlineData("{List.k: b}", true)]
    [InlineData("{Parameters.ForwardingSmtpAddress|contains: evil}", true)]
    [InlineData("{Parameters.Identity|contains: evil}", false)]
    [InlineData("{Parameters|contains: 'ForwardingSmtpAddress\",\"Value\":\"smtp'}", true)]
    [InlineData("{Quoted: Global Administrator}", true)]
    // Modifiers.
    [InlineData("{Name|contains: 'MIN A'}", true)]
    [InlineData("{Name|startswith: admin}", true)]
    [InlineData("{Name|startswith: dmin}", false)]
    [InlineData("{Name|endswith: audit}", true)]
    [InlineData("{Name|endswith: audi}", false)]
    [InlineData("{Name|contains|all: [adm, aud]}", true)]
    [InlineData("{Name|contains|all: [adm, xxx]}", false)]
    [InlineData("{Name|contains: [adm, xxx]}", true)]
    [InlineData("{Name|exists: true}", true)]
    [InlineData("{Missing|exists: true}", false)]
    [InlineData("{Missing|exists: false}", true)]
    [InlineData("{Name|cased: 'Admin Audit'}", true)]
    [InlineData("{Name|cased: 'admin audit'}", false)]
    [InlineData("{Name|contains|cased: dmin}", true)]
    [InlineData("{Name|contains|cased: DMIN}", false)]
    [InlineData("{Name|neq: other}", true)]
    [InlineData("{Name|neq: [other, admin audit]}", false)]
    [InlineData("{Count|gt: 16}", true)]
    [InlineData("{Count|gt: 17}", false)]
    [InlineData("{Count|gte: 17}", true)]
    [InlineData("{Count|lt: 18}", true)]
    [InlineData("{Count|lt: 17}", false)]
    [InlineData("{Ratio|lte: 2.5}", true)]
    [InlineData("{Name|gt: 1}", false)]
    [InlineData("{Name|re: '^Admin\\s+A'}", true)]
    [InlineData("{Name|re: '^admin'}", false)]
    [InlineData("{Name|re|i: '^admin'}", true)]
    [InlineData("{Lines|re: '^second'}", false)]
    [InlineData("{Lines|re|m: '^second'}", true)]
    [InlineData("{Lines|re: 'first.second'}", false)]
    [InlineData("{Lines|re|s: 'first.second'}", true)]
    [InlineData("{Name|re: '(?=Admin)A'}", true)]
    [InlineData("{Ip|cidr: 10.0.0.0/8}", true)]
    [InlineData("{Ip|cidr: [192.168.0.0/16, 10.1.2.0/24]}", true)]
    [InlineData("{Ip|cidr: 10.1.3.0/24}", false)]
    [InlineData("{Ip6|cidr: '2001:db8::/32'}", true)]
    [InlineData("{Mapped|cidr: 10.9.0.0/16}", true)]
    [InlineData("{Name|cidr: 10.0.0.0/8}", false)]
    [InlineData("{Name|fieldref: Same}", true)]
    [InlineData("{Name|cased|fieldref: Same}", false)]
    [InlineData("{Name|fieldref: Path}", false)]
    [InlineData("{Path|fieldref|endswith: Missing}", false)]
    [InlineData("{B64|base64|contains: '/bin/bash'}", true)]
    [InlineData("{Wide|wide|base64: ping}", true)]
    [InlineData("{Wide|utf16le|base64: ping}", true)]
    [InlineData("{Wide|utf16be|base64: ping}", false)]
    [InlineData("{Wide|utf16|base64: ping}", false)]
    [InlineData("{OneOff|base64offset|contains: '/bin/bash'}", true)]
    [InlineData("{OneOff|base64offset|contains: '/bin/zsh'}", false)]
    [InlineData("{Cmd|windash|contains: ' -enc '}", true)]
    [InlineData("{Cmd|contains: ' -enc '}", false)]
    [InlineData("{Cmd|windash|contains: ' -c run'}", true)]
    [InlineData("{When|hour: 22}", true)]
    [InlineData("{When|hour|gte: 23}", false)]
    [InlineData("{When|minute: 15}", true)]
    [InlineData("{When|day: 4}", true)]
    [InlineData("{When|week: 10}", true)]
    [InlineData("{When|month: [2, 3]}", true)]
    [InlineData("{When|year|lt: 2026}", false)]
    [InlineData("{Name|hour: 22}", false)]
    // Keywords.
    [InlineData("[evil.example, absentee]", true)]
    [InlineData("[absentee]", false)]
    [InlineData("{'|all': [evil.example, ForwardingSmtp]}", true)]
    [InlineData("{'|all': [evil.example, absentee]}", false)]
    [InlineData("{'|re': 'x@ev[a-z]+'}", true)]
    // Ours.
    [InlineData("{event.actor: ada@contoso.com, event.target: Bob, event.changed|contains: role, event.outcome: success}", true)]
    public void Selection_AgainstARecord_MatchesAsTheSpecSays(string selection, bool expected) => Assert.Equal(expected, Matches(Rule(selection)));

    [Theory]
    [InlineData("{Name|expand: '%who%'}", true)]
    [InlineData("{Name|contains|expand: '%part%'}", true)]
    [InlineData("{Name|expand: '%nobody%'}", false)]
    [InlineData("{Star|expand: '%wild%'}", true)]
    [InlineData("{Name|expand: 'Admin %kind%'}", true)]
    public void Expand_PutsThePlaceholdersValuesIn(string selection, bool expected) =>
        Assert.Equal(expected, Matches(Rule(selection, "placeholders: {who: [x, admin audit], part: [min], wild: ['a*b'], kind: [audit]}")));

    [Theory]
    [InlineData("{Name|frobnicate: x}", "'frobnicate' is not one of Sigma 2.1")]
    [InlineData("{Name|re: '(['}", "it is no regular expression")]
    [InlineData("{Ip|cidr: nowhere}", "is no network")]
    [InlineData("{Count|gt: many}", "is no number")]
    [InlineData("{Name|exists: maybe}", "takes true or false")]
    [InlineData("{Name|i: x}", "'i' is only for 're'")]
    [InlineData("{Name|re|contains: x}", "do not go together")]
    [InlineData("{Name|base64: 'a*b'}", "cannot be encoded")]
    [InlineData("{Name|contains: null}", "null takes no modifier")]
    [InlineData("{Name: {a: b}}", "a value or a list of values is needed")]
    [InlineData("{Name: []}", "there is no value")]
    [InlineData("{}", "it is empty")]
    public void Selection_ThatCannotBeUsed_IsRefusedNamingWhere(string selection, string why)
    {
        var refused = Assert.Throws<SigmaRefusedException>(() => Matches(Rule(selection)));
        Assert.StartsWith("detection.sel", refused.Message, StringComparison.Ordinal);
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("auditlogs", "{operationName: Add member to role}", true)]
    [InlineData("auditlogs", "{properties.message: Add member to role, Status: Success, LoggedByService: Exchange}", true)]
    [InlineData("auditlogs", "{TargetResources.ModifiedProperties.NewValue|contains: Global}", true)]
    [InlineData("auditlogs", "{targetResources.type: User, properties.targetResources|contains: '\"displayName\":\"Bob\"'}", true)]
    [InlineData("auditlogs", "{initiatedBy: ada@contoso.com}", true)]
    [InlineData("auditlogs", "{operationName: Add member}", false)]
    [InlineData("signinlogs", "{ResultType: 0}", false)]
    public void AliasesOfAzure_FindTheDirectorysWords(string service, string selection, bool expected)
    {
        // The unified log's record of a directory change, full stop and all.
        var e = Event("{}", EventSources.Unified, 8, "Add member to role.");
        Assert.Equal(expected, Matches(Rule(selection).Replace("{product: omniaudit}", $"{{product: azure, service: {service}}}", StringComparison.Ordinal), e, "{}"));
    }

    [Theory]
    [InlineData("""{"status":{"errorCode":50053,"failureReason":"Locked."},"authenticationRequirement":"singleFactorAuthentication"}""", "{ResultType: 50053, resultDescription: locked.}", EventOutcome.Failure, true)]
    [InlineData("""{"status":{"errorCode":0},"deviceDetail":{"trustType":""}}""", "{ResultType: 0, Status: Success, DeviceDetail.trusttype: ''}", EventOutcome.Success, true)]
    [InlineData("""{"status":{"errorCode":50053}}""", "{Status: Success}", EventOutcome.Failure, false)]
    [InlineData("""{"authenticationProtocol":"deviceCode"}""", "{properties.message: deviceCode}", EventOutcome.Success, true)]
    public void AliasesOfSignIns_FindGraphsWords(string record, string selection, EventOutcome outcome, bool expected) => Assert.Equal(
        expected, Matches(Rule(selection).Replace("{product: omniaudit}", "{product: azure, service: signinlogs}", StringComparison.Ordinal), Event(record, EventSources.SignIn, null, "Sign-in", outcome), record));

    [Fact]
    public void Operations_ThatARuleNeeds_AreKnownBeforeItIsAsked()
    {
        IReadOnlySet<string>? Of(string detection) => SigmaMatcher.Compile(new("azure", "auditlogs", ""), SigmaReader.Read($"title: t\nlogsource: {{product: azure}}\ndetection: {detection}")[0].Detection!, new Dictionary<string, IReadOnlyList<string>>(), []).Operations;
        Assert.Equal(["Add user", "Delete user"], Of("{a: {operationName: [Add user., Delete user], Status: x}, condition: a}")!.Order());
        Assert.Equal(["A", "B"], Of("{a: {operationName: A}, b: {operationName: B}, condition: 1 of them}")!.Order());
        Assert.Null(Of("{a: {operationName: A}, b: {Status: x}, condition: a or b}"));
        Assert.Null(Of("{a: {operationName|contains: A}, condition: a}"));
        Assert.Null(Of("{a: {operationName: A}, condition: not a}"));
        Assert.Null(Of("{a: {operationName: 'A*'}, condition: a}"));
    }

    [Fact]
    public void Filter_OfARule_MustHoldToo()
    {
        var rule = SigmaReader.Read(Rule("{Name: admin audit}"))[0];
        var filter = SigmaReader.Read("title: f\nlogsource: {product: omniaudit}\nfilter:\n  rules: any\n  mine: {event.actor: ada@contoso.com}\n  condition: not mine")[0];
        bool Is(params IEnumerable<SigmaDetection> filters) => SigmaMatcher.Compile(rule.LogSource, rule.Detection!, rule.Placeholders, filters).IsMatch(new EventFields(Event(Record), Encoding.UTF8.GetBytes(Record)));
        Assert.True(Is());
        Assert.False(Is(filter.Filter!.Detection));
    }
}
