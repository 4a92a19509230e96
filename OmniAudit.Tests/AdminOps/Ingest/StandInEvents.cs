using System.Globalization;
using System.Text.Json;
using OmniAudit.Modules.AdminOps.Events;

namespace OmniAudit.Tests.AdminOps.Ingest;

/// <summary>A record of a source.</summary>
/// <param name="Visible">From when on it is listed: late ones come hours after their time.</param>
internal sealed record StandInEvent(string Source, string Id, DateTimeOffset Time, DateTimeOffset Visible, string Json);

/// <summary>What happens in a made-up tenant, the same for the same seed. Shapes follow Microsoft's documentation; names are made up.</summary>
internal sealed class StandInEvents(int seed, string tenant)
{
    private static readonly string[] People = ["ada", "bob", "carla", "dmitri", "eve", "fatima", "grace", "hugo", "ines", "jun"];
    private static readonly (string Name, string Category, string Type)[] Directory =
    [
        ("Add member to role", "RoleManagement", "Assign"), ("Update user", "UserManagement", "Update"), ("Add service principal credentials", "ApplicationManagement", "Update"), ("Consent to application", "ApplicationManagement", "Assign"),
        ("Reset user password", "UserManagement", "Update"), ("Add member to group", "GroupManagement", "Assign"), ("Update conditional access policy", "Policy", "Update"), ("Delete user", "UserManagement", "Delete"),
    ];
    private static readonly (int Type, string Workload, string Operation)[] Unified =
    [
        (6, "SharePoint", "FileDownloaded"), (6, "OneDrive", "FileModified"), (1, "Exchange", "Set-Mailbox"), (1, "Exchange", "New-InboxRule"), (50, "Exchange", "MailItemsAccessed"), (25, "MicrosoftTeams", "MemberAdded"),
        (15, "AzureActiveDirectory", "UserLoggedIn"), (15, "AzureActiveDirectory", "UserLoginFailed"), (8, "AzureActiveDirectory", "Update user."), (14, "SharePoint", "SharingSet"),
    ];

    private readonly Random _random = new(seed);
    private int _number;

    /// <summary>Events of a source at random times of a span. One in twenty is late, by up to six hours.</summary>
    public List<StandInEvent> Make(string source, int count, DateTimeOffset from, DateTimeOffset to)
    {
        var events = new List<StandInEvent>(count);
        for (var i = 0; i < count; i++)
        {
            var time = DateTimeOffset.FromUnixTimeMilliseconds(_random.NextInt64(from.ToUnixTimeMilliseconds(), to.ToUnixTimeMilliseconds()));
            var id = source == EventSources.Directory ? $"Directory_{Guid(_number)}_{_number:X5}_{_random.Next(1000)}" : Guid(_number);
            _number++;
            events.Add(new StandInEvent(source, id, time, _random.Next(20) == 0 ? time.AddMinutes(_random.Next(360)) : time, Json(source, id, time)));
        }
        return events;
    }

    private string Json(string source, string id, DateTimeOffset time) => source switch
    {
        EventSources.Directory => DirectoryAudit(id, time),
        EventSources.SignIn => SignIn(id, time),
        EventSources.Intune => Intune(id, time),
        _ => UnifiedRecord(id, time),
    };

    private string Person() => $"{People[_random.Next(People.Length)]}@contoso.example";

    private string Address() => _random.Next(4) switch { 0 => $"2001:db8::{_random.Next(1, 9999):x}", 1 => $"[2001:db8::{_random.Next(1, 9999):x}]:{_random.Next(1024, 65535)}", 2 => $"203.0.113.{_random.Next(1, 255)}:{_random.Next(1024, 65535)}", _ => $"203.0.113.{_random.Next(1, 255)}" };

    private string DirectoryAudit(string id, DateTimeOffset time)
    {
        var (name, category, type) = Directory[_random.Next(Directory.Length)];
        var (by, target, failed) = (Person(), Person(), _random.Next(10) == 0);
        return JsonSerializer.Serialize(new
        {
            id, category, correlationId = Guid(_random.Next()), result = failed ? "failure" : "success", resultReason = failed ? "Insufficient privileges" : "", activityDisplayName = name, activityDateTime = Z(time),
            loggedByService = "Core Directory", operationType = type,
            initiatedBy = new { user = new { id = Guid(by.Sum(c => c)), displayName = (string?)null, userPrincipalName = by, ipAddress = Address() }, app = (object?)null },
            targetResources = new[] { new { id = Guid(7), displayName = (string?)null, type = "User", userPrincipalName = target, modifiedProperties = new[] { new { displayName = "Role.DisplayName", oldValue = "\"Reader\"", newValue = "\"Global Administrator\"" } } } },
            additionalDetails = new[] { new { key = "User-Agent", value = "Mozilla/5.0" } },
        });
    }

    private string SignIn(string id, DateTimeOffset time)
    {
        var (who, failed) = (Person(), _random.Next(5) == 0);
        return JsonSerializer.Serialize(new
        {
            id, createdDateTime = Z(time), userDisplayName = who[..who.IndexOf('@', StringComparison.Ordinal)], userPrincipalName = who, userId = Guid(11), appId = Guid(3), appDisplayName = "Office 365 Exchange Online", ipAddress = Address(),
            clientAppUsed = _random.Next(3) == 0 ? "IMAP4" : "Browser", correlationId = Guid(_random.Next()), conditionalAccessStatus = "success", isInteractive = true, riskLevelDuringSignIn = _random.Next(30) == 0 ? "high" : "none",
            status = new { errorCode = failed ? 50126 : 0, failureReason = failed ? "Error validating credentials due to invalid username or password." : "Other.", additionalDetails = (string?)null },
            location = new { city = "Berlin", state = "Berlin", countryOrRegion = "DE" }, resourceDisplayName = "Office 365 Exchange Online", deviceDetail = new { deviceId = "", displayName = "", operatingSystem = "Windows10" },
        });
    }

    private string Intune(string id, DateTimeOffset time) => JsonSerializer.Serialize(new
    {
        id, displayName = "Patch DeviceConfiguration", componentName = "DeviceConfiguration", activity = (string?)null, activityDateTime = Z(time), activityType = "Patch DeviceConfiguration", activityOperationType = "Patch", activityResult = "Success",
        correlationId = Guid(_random.Next()), category = "DeviceConfiguration", actor = new { auditActorType = "ItPro", userPrincipalName = Person(), userId = Guid(5), ipAddress = "" },
        resources = new[] { new { displayName = "Windows baseline", auditResourceType = "DeviceConfiguration", resourceId = Guid(6), modifiedProperties = new[] { new { displayName = "PasswordMinimumLength", oldValue = "8", newValue = "14" } } } },
    });

    private string UnifiedRecord(string id, DateTimeOffset time)
    {
        var (type, workload, operation) = Unified[_random.Next(Unified.Length)];
        var record = new Dictionary<string, object?>
        {
            // Without a zone, as it comes.
            ["CreationTime"] = time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture), ["Id"] = id, ["Operation"] = operation, ["OrganizationId"] = tenant, ["RecordType"] = type, ["UserType"] = 0, ["Version"] = 1,
            ["Workload"] = workload, ["UserId"] = _random.Next(10) == 0 ? "NT AUTHORITY\\SYSTEM (Microsoft.Exchange.Servicehost)" : Person(), ["ClientIP"] = Address(), ["ObjectId"] = "https://contoso.example/sites/a/file.docx",
            // What sign-ins say even when they failed.
            ["ResultStatus"] = type switch { 1 => "True", 15 => "Success", 8 => "Success", _ => null },
        };
        if (type == 1) record["Parameters"] = new[] { new { Name = "Identity", Value = "bob" }, new { Name = "ForwardingSmtpAddress", Value = "smtp:eve@outside.example" } };
        if (operation == "UserLoginFailed") (record["LogonError"], record["ErrorNumber"]) = ("InvalidUserNameOrPassword", "50126");
        return JsonSerializer.Serialize(record);
    }

    private string Guid(int number) => new System.Guid(number, (short)seed, 0x4000, 0x80, 0, 0, 0, 0, 0, 0, 1).ToString();

    private static string Z(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
}
