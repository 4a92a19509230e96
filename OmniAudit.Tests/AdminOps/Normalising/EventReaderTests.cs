using System.Text;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Normalising;
using OmniAudit.Modules.AdminOps.Store;

namespace OmniAudit.Tests.AdminOps.Normalising;

/// <summary>Each source's records in the words of all; the records follow the shapes that Microsoft documents.</summary>
public sealed class EventReaderTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 4, 5, 6, 7, 89, TimeSpan.Zero);

    private static AuditEvent Read(string source, string json, string tenant = "Contoso-Tenant") => EventReader.Read(source, Encoding.UTF8.GetBytes(json), tenant, Now).Event;

    [Fact]
    public void DirectoryAudit_IsReadWithActorTargetsAndChanges()
    {
        var e = Read(EventSources.Directory, """
            {"id":"Directory_9f2c_XK3P_1","category":"RoleManagement","correlationId":"9f2c","result":"success","resultReason":"","activityDisplayName":"Add member to role.",
             "activityDateTime":"2026-03-01T10:11:12.3456789Z","loggedByService":"Core Directory","operationType":"Assign",
             "initiatedBy":{"user":{"id":"u-1","displayName":"Ada Admin","userPrincipalName":"ada@contoso.example","ipAddress":"[2001:db8::7]:50123"},"app":null},
             "additionalDetails":[{"key":"User-Agent","value":"curl/8"}],
             "targetResources":[{"id":"t-1","displayName":null,"type":"User","userPrincipalName":"bob@contoso.example","modifiedProperties":[
               {"displayName":"Role.DisplayName","oldValue":null,"newValue":"\"Global Administrator\""},
               {"displayName":"Tags","oldValue":"[\"a\"]","newValue":"[]"}]}]}
            """);
        Assert.Equal(("contoso-tenant", "directory", "Directory_9f2c_XK3P_1", "Core Directory", "RoleManagement", "Add member to role.", "Add member to role"), (e.Tenant, e.Source, e.SourceId, e.Service, e.Category, e.Operation, e.OperationNorm));
        Assert.Equal((new DateTimeOffset(2026, 3, 1, 10, 11, 12, 345, TimeSpan.Zero), EventOutcome.Success, "success"), (e.Time, e.Outcome, e.ResultRaw));
        Assert.Equal(new EventActor("user", "u-1", "ada@contoso.example", "Ada Admin", "2001:db8::7", 50123, "curl/8"), e.Actor);
        Assert.Equal([new EventTarget("t-1", "User", null, "bob@contoso.example")], e.Targets);
        Assert.Equal([new EventChange("Role.DisplayName", null, "Global Administrator"), new EventChange("Tags", """["a"]""", "[]")], e.Changes);
        Assert.Equal("Ada Admin: Add member to role, on bob@contoso.example; succeeded.", e.Summary);
        Assert.Empty(e.Doubts);
    }

    [Fact]
    public void DirectoryAudit_ByAnApp_NamesTheApp()
    {
        var e = Read(EventSources.Directory, """{"id":"a","activityDateTime":"2026-03-01T10:00:00Z","result":"timeout","resultReason":"took too long","activityDisplayName":"Sync","initiatedBy":{"user":null,"app":{"appId":null,"displayName":"Directory Sync","servicePrincipalId":"sp-1"}}}""");
        Assert.Equal(("app", "sp-1", "Directory Sync", "Directory", EventOutcome.Failure), (e.Actor.Kind, e.Actor.Id, e.Actor.Display, e.Service, e.Outcome));
        Assert.Equal("Directory Sync: Sync; failed: took too long.", e.Summary);
    }

    [Fact]
    public void SignIn_GoesByItsErrorCode()
    {
        const string Rest = """ "createdDateTime":"2026-03-01T10:00:00Z","userPrincipalName":"bob@contoso.example","userDisplayName":"Bob","userId":"u-2","appId":"app-1","appDisplayName":"Outlook","clientAppUsed":"IMAP4","ipAddress":"198.51.100.7","location":{"city":"Berlin","countryOrRegion":"DE"},"riskLevelDuringSignIn":"high"}""";
        var failed = Read(EventSources.SignIn, """{"id":"s","status":{"errorCode":50126,"failureReason":"Invalid username or password."},""" + Rest);
        Assert.Equal((EventOutcome.Failure, "50126", "Invalid username or password.", "SignIn", "Sign-in", "IMAP4", "Berlin, DE", "high"), (failed.Outcome, failed.ResultRaw, failed.ResultCode, failed.Service, failed.Operation, failed.ClientApp, failed.Geo, failed.Severity));
        Assert.Equal("Bob could not sign in to Outlook from 198.51.100.7 (Berlin, DE); failed: Invalid username or password.", failed.Summary);
        var done = Read(EventSources.SignIn, """{"id":"s","status":{"errorCode":0,"failureReason":"Other."},""" + Rest);
        Assert.Equal((EventOutcome.Success, null), (done.Outcome, done.ResultCode));
        var app = Read(EventSources.SignIn, """{"id":"s","createdDateTime":"2026-03-01T10:00:00Z","servicePrincipalName":"Backup","servicePrincipalId":"sp-3","status":{"errorCode":0},"signInEventTypes":["servicePrincipal"]}""");
        Assert.Equal(("app", "sp-3", "Backup", "servicePrincipal"), (app.Actor.Kind, app.Actor.Id, app.Actor.Display, app.Category));
    }

    [Fact]
    public void Intune_FallsBackToTheActivityType()
    {
        var e = Read(EventSources.Intune, """
            {"id":"i-1","displayName":null,"activityType":"Patch DeviceConfiguration","activityResult":"Failure","activityDateTime":"2026-03-01T10:00:00Z","category":"DeviceConfiguration","correlationId":"c-1",
             "actor":{"auditActorType":"ItPro","userPrincipalName":"ada@contoso.example","userId":"u-1","ipAddress":"","applicationDisplayName":"Intune portal"},
             "resources":[{"displayName":"Lock screen","auditResourceType":"Policy","resourceId":"r-1","modifiedProperties":[{"displayName":"Minutes","oldValue":"5","newValue":"60"}]}]}
            """);
        Assert.Equal(("Patch DeviceConfiguration", EventOutcome.Failure, "user", "ada@contoso.example", "Intune portal"), (e.Operation, e.Outcome, e.Actor.Kind, e.Actor.Upn, e.ClientApp));
        Assert.Equal([new EventTarget("r-1", "Policy", "Lock screen", null)], e.Targets);
        Assert.Equal([new EventChange("Minutes", "5", "60")], e.Changes);
    }

    [Fact]
    public void Risk_IsAFindingWithALevel()
    {
        var e = Read(EventSources.Risk, """{"id":"r","riskEventType":"unfamiliarFeatures","riskLevel":"Medium","riskState":"atRisk","activityDateTime":"2026-03-01T10:00:00Z","userPrincipalName":"bob@contoso.example","ipAddress":"192.0.2.4","source":"IdentityProtection"}""");
        Assert.Equal(("unfamiliarFeatures", "medium", EventOutcome.Unknown, "atRisk", "IdentityProtection"), (e.Operation, e.Severity, e.Outcome, e.ResultRaw, e.Service));
    }

    [Theory]
    // ResultStatus of a sign-in is the status of its HTTP request only.
    [InlineData("""{"RecordType":15,"Operation":"UserLoginFailed","ResultStatus":"Success"}""", EventOutcome.Failure)]
    [InlineData("""{"RecordType":15,"Operation":"UserLoginFailed","ResultStatus":"Succeeded","ErrorNumber":"0"}""", EventOutcome.Failure)]
    [InlineData("""{"RecordType":15,"Operation":"UserLoggedIn","ResultStatus":"Success","ErrorNumber":"0"}""", EventOutcome.Success)]
    [InlineData("""{"RecordType":9,"Operation":"PasswordLogonInitialAuthUsingPassword","ResultStatus":"Success","LogonError":"InvalidUserNameOrPassword"}""", EventOutcome.Failure)]
    [InlineData("""{"RecordType":15,"Operation":"ForeignRealmIndexLogonInitialAuthUsingADFSFederatedToken","ResultStatus":"Success","ErrorNumber":"50158"}""", EventOutcome.Failure)]
    [InlineData("""{"RecordType":1,"Operation":"Set-Mailbox","ResultStatus":"True"}""", EventOutcome.Success)]
    [InlineData("""{"RecordType":1,"Operation":"Set-Mailbox","ResultStatus":"False"}""", EventOutcome.Failure)]
    [InlineData("""{"RecordType":50,"Operation":"MailItemsAccessed","ResultStatus":"PartiallySucceeded"}""", EventOutcome.Partial)]
    [InlineData("""{"RecordType":8,"Operation":"Add user.","ResultStatus":"Success"}""", EventOutcome.Success)]
    [InlineData("""{"RecordType":6,"Operation":"FileDownloaded"}""", EventOutcome.Unknown)]
    [InlineData("""{"RecordType":20,"Operation":"ViewReport","IsSuccess":true}""", EventOutcome.Success)]
    [InlineData("""{"RecordType":188,"Workload":"Planner","Operation":"TaskRead","ResultStatus":3}""", EventOutcome.Failure)]
    [InlineData("""{"RecordType":6,"Operation":"X","ResultStatus":"Quux"}""", EventOutcome.Unknown)]
    public void Unified_OutcomeIsWhatHappened(string json, EventOutcome outcome) => Assert.Equal(outcome, Read(EventSources.Unified, json).Outcome);

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1", null)]
    [InlineData("192.0.2.1:50123", "192.0.2.1", 50123)]
    [InlineData("2001:DB8:0:0::1", "2001:db8::1", null)]
    [InlineData("[2001:db8::1]:443", "2001:db8::1", 443)]
    [InlineData("[2001:db8::1]", "2001:db8::1", null)]
    [InlineData("::ffff:192.0.2.9", "192.0.2.9", null)]
    [InlineData("fe80::1%eth0", "fe80::1", null)]
    [InlineData("192.0.2.1, 10.0.0.1", "192.0.2.1", null)]
    [InlineData("", null, null)]
    [InlineData("<null>", null, null)]
    [InlineData("1", null, null)]
    [InlineData("0x7f000001", null, null)]
    [InlineData("999.1.1.1", null, null)]
    [InlineData("192.0.2.1:99999", null, null)]
    public void Unified_AddressInAnyForm_IsTheAddressAlone(string text, string? address, int? port)
    {
        var e = Read(EventSources.Unified, $$"""{"Id":"1","Operation":"X","CreationTime":"2026-03-01T10:00:00","ClientIP":"{{text}}"}""");
        Assert.Equal((address, port), (e.Actor.Ip, e.Actor.Port));
    }

    [Theory]
    [InlineData(""" "UserId":"ada@contoso.example","UserType":2,"UserKey":"10032001" """, "user", null, "ada@contoso.example", null)]
    [InlineData(""" "UserId":"8c1e3a52-1111-2222-3333-444455556666","UserType":5 """, "app", "8c1e3a52-1111-2222-3333-444455556666", null, null)]
    [InlineData(""" "UserId":"NT AUTHORITY\\SYSTEM (w3wp)","UserType":3 """, "system", null, null, "NT AUTHORITY\\SYSTEM (w3wp)")]
    [InlineData(""" "UserId":"app@sharepoint","UserType":0 """, "app", null, "app@sharepoint", null)]
    [InlineData(""" "UserId":"ServicePrincipal_8c1e3a52-1111-2222-3333-444455556666","UserType":4 """, "app", "8c1e3a52-1111-2222-3333-444455556666", null, null)]
    [InlineData(""" "UserId":"ada@contoso.example","UserType":0,"Actor":[{"ID":"Ada","Type":1},{"ID":"User_8c1e3a52-1111-2222-3333-444455556666","Type":2},{"ID":"ada@contoso.example","Type":5}] """, "user", "8c1e3a52-1111-2222-3333-444455556666", "ada@contoso.example", "Ada")]
    [InlineData(""" "UserType":"System" """, "system", null, null, null)]
    public void Unified_ActorIsAPersonAnAppOrASystemAccount(string fields, string kind, string? id, string? upn, string? display)
    {
        var actor = Read(EventSources.Unified, $$"""{"Id":"1","Operation":"X",{{fields}}}""").Actor;
        Assert.Equal((kind, id, upn, display), (actor.Kind, actor.Id, actor.Upn, actor.Display));
    }

    [Fact]
    public void Unified_ReadsTimeTenantTargetsAndAllThreeKindsOfChanges()
    {
        var e = Read(EventSources.Unified, """
            {"CreationTime":"2026-03-01T10:00:00","Id":"u-1","OrganizationId":"AAAA-BBBB","RecordType":8,"Workload":"AzureActiveDirectory","Operation":"Update user.","InterSystemsId":"x-1",
             "ObjectId":"bob@contoso.example","Target":[{"ID":"User_8c1e3a52-1111-2222-3333-444455556666","Type":2},{"ID":"bob@contoso.example","Type":5},{"ID":"Bob","Type":1}],
             "ModifiedProperties":[{"Name":"DisplayName","OldValue":"\"Bob\"","NewValue":"\"Rob\""},{"Name":"Plain","OldValue":"","NewValue":"x"}],
             "Parameters":[{"Name":"Identity","Value":"bob"}],"OperationProperties":[{"Name":"RuleActions","Value":"[1]"}]}
            """);
        Assert.Equal((new DateTimeOffset(2026, 3, 1, 10, 0, 0, TimeSpan.Zero), "aaaa-bbbb", "AzureActiveDirectory", "x-1"), (e.Time, e.Tenant, e.Category, e.CorrelationId));
        Assert.Equal([new EventTarget("8c1e3a52-1111-2222-3333-444455556666", "User", "Bob", "bob@contoso.example")], e.Targets);
        Assert.Equal([new EventChange("DisplayName", "Bob", "Rob"), new EventChange("Plain", "", "x"), new EventChange("Identity", null, "bob"), new EventChange("RuleActions", null, "[1]")], e.Changes);
        Assert.Equal([new EventChange("Parameters", null, "-Identity bob")], Read(EventSources.Unified, """{"Id":"1","Operation":"X","Parameters":"-Identity bob"}""").Changes);
    }

    [Fact]
    public void Unified_UnknownRecordType_PassesWithItsNumber()
    {
        var e = Read(EventSources.Unified, """{"Id":"1","Operation":"X","RecordType":99999}""");
        Assert.Equal((99999, "RecordType 99999", "RecordType 99999"), (e.RecordType, e.Category, e.Service));
        Assert.Equal((1, "ExchangeAdmin"), (RecordTypes.Parse("ExchangeAdmin"), RecordTypes.NameOf(1)));
        Assert.True(RecordTypes.Count > 240);
    }

    [Theory]
    [InlineData("\"1601-01-01T00:00:00Z\"")]
    [InlineData("\"9999-12-31T23:59:59Z\"")]
    [InlineData("\"yesterday\"")]
    [InlineData("null")]
    [InlineData("{}")]
    public void Record_WithoutAPossibleTime_IsFiledUnderNow(string time)
    {
        var e = Read(EventSources.Directory, $$"""{"id":"1","activityDisplayName":"X","activityDateTime":{{time}}}""");
        Assert.Equal(Now, e.Time);
        Assert.Contains("filed under when it was read", Assert.Single(e.Doubts), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2026-03-01T10:00:00+02:00", "2026-03-01T08:00:00.000Z")]
    [InlineData("/Date(1772359200000)/", "2026-03-01T10:00:00.000Z")]
    [InlineData("2026-03-01 10:00:00", "2026-03-01T10:00:00.000Z")]
    [InlineData("3/1/2026 10:00:00 AM", "2026-03-01T10:00:00.000Z")]
    public void Record_TimesOfExports_AreRead(string text, string time) =>
        Assert.Equal(time, Read(EventSources.Directory, $$"""{"id":"1","activityDisplayName":"X","activityDateTime":"{{text}}"}""").Time.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", System.Globalization.CultureInfo.InvariantCulture));

    [Fact]
    public void Record_WithoutId_IsKnownByItsHash()
    {
        var (one, same, other) = (Read(EventSources.Intune, """{"displayName":"X"}"""), Read(EventSources.Intune, """{"displayName":"X"}"""), Read(EventSources.Intune, """{"displayName":"Y"}"""));
        Assert.Equal(64, one.SourceId.Length);
        Assert.Equal(one.SourceId, same.SourceId);
        Assert.NotEqual(one.SourceId, other.SourceId);
    }

    [Fact]
    public void Record_WithLongFields_IsCutInTheFieldsOnly()
    {
        var (longText, longId) = (new string('x', 1 << 20), new string('i', 5000));
        var raw = Encoding.UTF8.GetBytes($$"""{"id":"{{longId}}","activityDateTime":"2026-03-01T10:00:00Z","activityDisplayName":"{{longText}}","targetResources":[{"displayName":"{{longText}}","modifiedProperties":[{"displayName":"p","newValue":"{{longText}}"}]}]}""");
        var read = EventReader.Read(EventSources.Directory, raw, "t", Now);
        Assert.Equal((EventBounds.Text, EventBounds.Text), (read.Event.Operation.Length, read.Event.Targets[0].Display!.Length));
        Assert.InRange(read.Event.SourceId.Length, 64, EventBounds.Id);
        Assert.InRange(read.Event.Changes[0].New!.Length, 1000, 8000);
        Assert.InRange(read.Event.Summary.Length, 1, EventBounds.Text);
        Assert.True(read.Raw.Span.SequenceEqual(raw));
        Assert.Contains(read.Event.Doubts, d => d.Contains("cut", StringComparison.Ordinal));
    }

    [Fact]
    public void Record_WithBrokenText_IsRepairedInTheFieldsOnly()
    {
        byte[] raw = [.. "{\"id\":\"1\",\"activityDateTime\":\"2026-03-01T10:00:00Z\",\"activityDisplayName\":\"Gr\\ud83d\\u00fc"u8, 0xFF, .. "\\ud83d\\ude00\"}"u8];
        var read = EventReader.Read(EventSources.Directory, raw, "t", Now);
        Assert.Equal("Gr\uFFFDü\uFFFD😀", read.Event.Operation);
        Assert.True(read.Raw.Span.SequenceEqual(raw));
        Assert.Contains(read.Event.Doubts, d => d.Contains("U+FFFD", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("[]", "an array")]
    [InlineData("\"x\"", "a string")]
    [InlineData("{\"a\":", "no JSON")]
    [InlineData("", "no JSON")]
    [InlineData("DEEP", "deeper than")]
    public void NoObject_IsRefusedWithTheReason(string json, string why) => Assert.Contains(why, Assert.Throws<FormatException>(() => Read(EventSources.Unified, json == "DEEP" ? string.Concat(Enumerable.Repeat("{\"a\":", 5000)) + "1" + new string('}', 5000) : json)).Message, StringComparison.Ordinal);

    [Fact]
    public void AnyObject_IsReadByEverySource()
    {
        var make = new RandomRecord(20260301);
        for (var i = 0; i < 3000; i++)
        {
            var json = make.Next();
            foreach (var source in EventSources.All)
            {
                var e = Read(source, json);
                Assert.True(e.Time >= EventId.Earliest && e.Time <= EventId.Latest, json);
                Assert.True(e.SourceId.Length is > 0 and <= EventBounds.Id && e.Service.Length is > 0 and <= EventBounds.Name && e.Operation.Length is > 0 and <= EventBounds.Text && e.Summary.Length is > 0 and <= EventBounds.Text, json);
                Assert.True(e.Targets.Count <= 50 && e.Changes.Count <= 100 && e.Actor.Key.Length <= EventBounds.Id, json);
            }
        }
    }
}
