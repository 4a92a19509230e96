using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;
using NpgsqlTypes;

#nullable disable

namespace OmniAudit.Modules.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "agents",
                columns: table => new
                {
                    AgentId = table.Column<string>(type: "text", maxLength: 40, nullable: false, collation: "C"),
                    Name = table.Column<string>(type: "text", maxLength: 64, nullable: false, collation: "C"),
                    KeyHash = table.Column<string>(type: "text", maxLength: 64, nullable: false, collation: "C"),
                    KeyPrefix = table.Column<string>(type: "text", maxLength: 16, nullable: false, collation: "C"),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false),
                    ExpiresAt = table.Column<long>(type: "bigint", nullable: true),
                    RevokedAt = table.Column<long>(type: "bigint", nullable: true),
                    LastUsedAt = table.Column<long>(type: "bigint", nullable: true),
                    ReadOnly = table.Column<bool>(type: "boolean", nullable: false),
                    ToolSets = table.Column<string>(type: "text", maxLength: 4000, nullable: false, collation: "C"),
                    CallsPerMinute = table.Column<int>(type: "integer", nullable: true),
                    Repositories = table.Column<string>(type: "text", maxLength: 4000, nullable: false, collation: "C"),
                    Hosts = table.Column<string>(type: "text", maxLength: 4000, nullable: false, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_agents", x => x.AgentId);
                });

            migrationBuilder.CreateTable(
                name: "approval_payloads",
                columns: table => new
                {
                    ApprovalId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Number = table.Column<int>(type: "integer", nullable: false),
                    Payload = table.Column<byte[]>(type: "bytea", nullable: false),
                    Sha256 = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    BySubject = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ByName = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    At = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_approval_payloads", x => new { x.ApprovalId, x.Number });
                });

            migrationBuilder.CreateTable(
                name: "approval_rules",
                columns: table => new
                {
                    RuleId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Text = table.Column<string>(type: "text", maxLength: 600, nullable: false, collation: "C"),
                    CreatedBySubject = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    CreatedByName = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false),
                    RemovedAt = table.Column<long>(type: "bigint", nullable: true),
                    RemovedByName = table.Column<string>(type: "text", nullable: false, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_approval_rules", x => x.RuleId);
                });

            migrationBuilder.CreateTable(
                name: "approval_votes",
                columns: table => new
                {
                    VoteId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ApprovalId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    PayloadSha256 = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Subject = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    By = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    At = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_approval_votes", x => x.VoteId);
                });

            migrationBuilder.CreateTable(
                name: "approvals",
                columns: table => new
                {
                    ApprovalId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    State = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Version = table.Column<int>(type: "integer", nullable: false),
                    Tool = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Target = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Intent = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    RiskLevel = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Payload = table.Column<byte[]>(type: "bytea", nullable: false),
                    PayloadSha256 = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    AskedSha256 = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    PayloadVersion = table.Column<int>(type: "integer", nullable: false),
                    EditedByName = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Policy = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    PolicySha256 = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Facts = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Held = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    NextLookAt = table.Column<long>(type: "bigint", nullable: true),
                    Looks = table.Column<int>(type: "integer", nullable: false),
                    IdempotencyKey = table.Column<string>(type: "text", maxLength: 200, nullable: true, collation: "C"),
                    StandingRuleId = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    RequesterSubject = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    RequesterName = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Client = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Session = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    RequestId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false),
                    ExpiresAt = table.Column<long>(type: "bigint", nullable: false),
                    DecidedAt = table.Column<long>(type: "bigint", nullable: true),
                    DecidedBySubject = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    DecidedByName = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Reason = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ClaimedAt = table.Column<long>(type: "bigint", nullable: true),
                    FinishedAt = table.Column<long>(type: "bigint", nullable: true),
                    ClosedBySubject = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ClosedByName = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ResultJson = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Error = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    ErrorReference = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    DecisionReceiptId = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    OutcomeReceiptId = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    SettlementReceiptId = table.Column<string>(type: "text", nullable: true, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_approvals", x => x.ApprovalId);
                });

            migrationBuilder.CreateTable(
                name: "audit_actor_counts",
                columns: table => new
                {
                    ServiceId = table.Column<long>(type: "bigint", nullable: false),
                    Day = table.Column<int>(type: "integer", nullable: false),
                    ActorId = table.Column<long>(type: "bigint", nullable: false),
                    Events = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_actor_counts", x => new { x.ServiceId, x.Day, x.ActorId });
                });

            migrationBuilder.CreateTable(
                name: "audit_actors",
                columns: table => new
                {
                    ActorId = table.Column<long>(type: "bigint", nullable: false),
                    Actor = table.Column<string>(type: "text", maxLength: 300, nullable: false, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_actors", x => x.ActorId);
                });

            migrationBuilder.CreateTable(
                name: "audit_alert_changes",
                columns: table => new
                {
                    ChangeId = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    AlertId = table.Column<long>(type: "bigint", nullable: false),
                    At = table.Column<long>(type: "bigint", nullable: false),
                    By = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ByName = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    What = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Reason = table.Column<string>(type: "text", nullable: false, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_alert_changes", x => x.ChangeId);
                });

            migrationBuilder.CreateTable(
                name: "audit_alert_events",
                columns: table => new
                {
                    AlertId = table.Column<long>(type: "bigint", nullable: false),
                    EventId = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_alert_events", x => new { x.AlertId, x.EventId });
                });

            migrationBuilder.CreateTable(
                name: "audit_alert_snoozes",
                columns: table => new
                {
                    SnoozeId = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    RuleId = table.Column<string>(type: "text", maxLength: 40, nullable: false, collation: "C"),
                    Fingerprint = table.Column<string>(type: "text", maxLength: 32, nullable: true, collation: "C"),
                    Until = table.Column<long>(type: "bigint", nullable: false),
                    Reason = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    By = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ByName = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    At = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_alert_snoozes", x => x.SnoozeId);
                });

            migrationBuilder.CreateTable(
                name: "audit_alerts",
                columns: table => new
                {
                    AlertId = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    RuleId = table.Column<string>(type: "text", maxLength: 40, nullable: false, collation: "C"),
                    RuleName = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Severity = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Fingerprint = table.Column<string>(type: "text", maxLength: 32, nullable: false, collation: "C"),
                    Slot = table.Column<long>(type: "bigint", nullable: false),
                    Group = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    State = table.Column<string>(type: "text", maxLength: 16, nullable: false, collation: "C"),
                    Suppressed = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    SnoozedUntil = table.Column<long>(type: "bigint", nullable: true),
                    SnoozeReason = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Events = table.Column<long>(type: "bigint", nullable: false),
                    FirstEventId = table.Column<long>(type: "bigint", nullable: false),
                    LastEventId = table.Column<long>(type: "bigint", nullable: false),
                    RaisedAt = table.Column<long>(type: "bigint", nullable: false),
                    ChangedAt = table.Column<long>(type: "bigint", nullable: false),
                    ClosedAt = table.Column<long>(type: "bigint", nullable: true),
                    HandledByName = table.Column<string>(type: "text", nullable: true, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_alerts", x => x.AlertId);
                });

            migrationBuilder.CreateTable(
                name: "audit_coverage",
                columns: table => new
                {
                    Number = table.Column<long>(type: "bigint", nullable: false),
                    Source = table.Column<string>(type: "text", maxLength: 16, nullable: false, collation: "C"),
                    Feed = table.Column<string>(type: "text", maxLength: 60, nullable: false, collation: "C"),
                    Kind = table.Column<string>(type: "text", maxLength: 10, nullable: false, collation: "C"),
                    State = table.Column<string>(type: "text", maxLength: 10, nullable: false, collation: "C"),
                    Name = table.Column<string>(type: "text", maxLength: 300, nullable: false, collation: "C"),
                    From = table.Column<long>(type: "bigint", nullable: false),
                    To = table.Column<long>(type: "bigint", nullable: false),
                    SettledTo = table.Column<long>(type: "bigint", nullable: false),
                    Listed = table.Column<int>(type: "integer", nullable: false),
                    Read = table.Column<int>(type: "integer", nullable: false),
                    Stored = table.Column<int>(type: "integer", nullable: false),
                    Duplicates = table.Column<int>(type: "integer", nullable: false),
                    Refused = table.Column<int>(type: "integer", nullable: false),
                    Sha256 = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Reason = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    By = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    At = table.Column<long>(type: "bigint", nullable: false),
                    Previous = table.Column<byte[]>(type: "bytea", fixedLength: true, maxLength: 32, nullable: false),
                    Hash = table.Column<byte[]>(type: "bytea", fixedLength: true, maxLength: 32, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_coverage", x => x.Number);
                });

            migrationBuilder.CreateTable(
                name: "audit_event_arrivals",
                columns: table => new
                {
                    ArrivalId = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    EventId = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_event_arrivals", x => x.ArrivalId);
                });

            migrationBuilder.CreateTable(
                name: "audit_event_comments",
                columns: table => new
                {
                    CommentId = table.Column<string>(type: "text", maxLength: 40, nullable: false, collation: "C"),
                    EventId = table.Column<long>(type: "bigint", nullable: false),
                    Text = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    By = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ByName = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    At = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_event_comments", x => x.CommentId);
                });

            migrationBuilder.CreateTable(
                name: "audit_event_counts",
                columns: table => new
                {
                    Step = table.Column<int>(type: "integer", nullable: false),
                    At = table.Column<int>(type: "integer", nullable: false),
                    KindId = table.Column<long>(type: "bigint", nullable: false),
                    Events = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_event_counts", x => new { x.Step, x.At, x.KindId });
                });

            migrationBuilder.CreateTable(
                name: "audit_event_kinds",
                columns: table => new
                {
                    KindId = table.Column<long>(type: "bigint", nullable: false),
                    Source = table.Column<string>(type: "text", maxLength: 16, nullable: false, collation: "C"),
                    Service = table.Column<string>(type: "text", maxLength: 200, nullable: false, collation: "C"),
                    Operation = table.Column<string>(type: "text", maxLength: 1000, nullable: false, collation: "C"),
                    Outcome = table.Column<int>(type: "integer", nullable: false),
                    Result = table.Column<string>(type: "text", maxLength: 200, nullable: false, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_event_kinds", x => x.KindId);
                });

            migrationBuilder.CreateTable(
                name: "audit_event_tags",
                columns: table => new
                {
                    EventId = table.Column<long>(type: "bigint", nullable: false),
                    Tag = table.Column<string>(type: "text", maxLength: 50, nullable: false, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_event_tags", x => new { x.EventId, x.Tag });
                });

            migrationBuilder.CreateTable(
                name: "audit_event_words",
                columns: table => new
                {
                    EventId = table.Column<long>(type: "bigint", nullable: false),
                    Words = table.Column<NpgsqlTsVector>(type: "tsvector", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_event_words", x => x.EventId);
                });

            migrationBuilder.CreateTable(
                name: "audit_events",
                columns: table => new
                {
                    EventId = table.Column<long>(type: "bigint", nullable: false),
                    Key = table.Column<byte[]>(type: "bytea", fixedLength: true, maxLength: 16, nullable: false),
                    Tenant = table.Column<string>(type: "text", maxLength: 64, nullable: false, collation: "C"),
                    Source = table.Column<string>(type: "text", maxLength: 16, nullable: false, collation: "C"),
                    SourceId = table.Column<string>(type: "text", maxLength: 300, nullable: false, collation: "C"),
                    IngestedAt = table.Column<long>(type: "bigint", nullable: false),
                    Service = table.Column<string>(type: "text", maxLength: 200, nullable: false, collation: "C"),
                    RecordType = table.Column<int>(type: "integer", nullable: true),
                    Category = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Operation = table.Column<string>(type: "text", maxLength: 1000, nullable: false, collation: "C"),
                    Outcome = table.Column<int>(type: "integer", nullable: false),
                    ResultRaw = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    ResultCode = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    ActorKind = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ActorId = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    ActorUpn = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    ActorDisplay = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Ip = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Port = table.Column<int>(type: "integer", nullable: true),
                    UserAgent = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Details = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    CorrelationId = table.Column<string>(type: "text", maxLength: 300, nullable: true, collation: "C"),
                    ClientApp = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Geo = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Summary = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Severity = table.Column<string>(type: "text", nullable: true, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_events", x => x.EventId);
                });

            migrationBuilder.CreateTable(
                name: "audit_feeds",
                columns: table => new
                {
                    Feed = table.Column<string>(type: "text", maxLength: 60, nullable: false, collation: "C"),
                    Source = table.Column<string>(type: "text", maxLength: 16, nullable: false, collation: "C"),
                    SettledTo = table.Column<long>(type: "bigint", nullable: true),
                    SubscribedAt = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_feeds", x => x.Feed);
                });

            migrationBuilder.CreateTable(
                name: "audit_rule_changes",
                columns: table => new
                {
                    ChangeId = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    RuleId = table.Column<string>(type: "text", maxLength: 40, nullable: false, collation: "C"),
                    RuleName = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    At = table.Column<long>(type: "bigint", nullable: false),
                    By = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ByName = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    What = table.Column<string>(type: "text", nullable: false, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_rule_changes", x => x.ChangeId);
                });

            migrationBuilder.CreateTable(
                name: "audit_rule_hits",
                columns: table => new
                {
                    RuleId = table.Column<string>(type: "text", maxLength: 40, nullable: false, collation: "C"),
                    Group = table.Column<byte[]>(type: "bytea", fixedLength: true, maxLength: 16, nullable: false),
                    EventId = table.Column<long>(type: "bigint", nullable: false),
                    Member = table.Column<int>(type: "integer", nullable: false),
                    Value = table.Column<string>(type: "text", maxLength: 300, nullable: true, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_rule_hits", x => new { x.RuleId, x.Group, x.EventId, x.Member });
                });

            migrationBuilder.CreateTable(
                name: "audit_rules",
                columns: table => new
                {
                    RuleId = table.Column<string>(type: "text", maxLength: 40, nullable: false, collation: "C"),
                    Revision = table.Column<long>(type: "bigint", nullable: false),
                    Kind = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Enabled = table.Column<bool>(type: "boolean", nullable: false),
                    Definition = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    SigmaId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Author = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Starter = table.Column<string>(type: "text", maxLength: 100, nullable: true, collation: "C"),
                    Problem = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Hits = table.Column<long>(type: "bigint", nullable: false),
                    LastHitAt = table.Column<long>(type: "bigint", nullable: true),
                    LastAlertAt = table.Column<long>(type: "bigint", nullable: true),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false),
                    ChangedAt = table.Column<long>(type: "bigint", nullable: false),
                    ChangedBy = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ChangedByName = table.Column<string>(type: "text", nullable: false, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_rules", x => x.RuleId);
                });

            migrationBuilder.CreateTable(
                name: "audit_services",
                columns: table => new
                {
                    Service = table.Column<string>(type: "text", maxLength: 200, nullable: false, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_services", x => x.Service);
                });

            migrationBuilder.CreateTable(
                name: "audit_sources",
                columns: table => new
                {
                    Source = table.Column<string>(type: "text", maxLength: 16, nullable: false, collation: "C"),
                    StartedAt = table.Column<long>(type: "bigint", nullable: true),
                    FinishedAt = table.Column<long>(type: "bigint", nullable: true),
                    SucceededAt = table.Column<long>(type: "bigint", nullable: true),
                    ErrorClass = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    ErrorWords = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Failures = table.Column<int>(type: "integer", nullable: false),
                    NextAt = table.Column<long>(type: "bigint", nullable: true),
                    ReconciledAt = table.Column<long>(type: "bigint", nullable: true),
                    JobId = table.Column<string>(type: "text", maxLength: 40, nullable: true, collation: "C"),
                    Read = table.Column<long>(type: "bigint", nullable: false),
                    Stored = table.Column<long>(type: "bigint", nullable: false),
                    Lease = table.Column<string>(type: "text", maxLength: 60, nullable: true, collation: "C"),
                    LeaseUntil = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_sources", x => x.Source);
                });

            migrationBuilder.CreateTable(
                name: "auth_profiles",
                columns: table => new
                {
                    ProfileId = table.Column<string>(type: "text", maxLength: 40, nullable: false, collation: "C"),
                    Name = table.Column<string>(type: "text", maxLength: 64, nullable: false, collation: "C"),
                    ShapeJson = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    SecretName = table.Column<string>(type: "text", maxLength: 200, nullable: false, collation: "C"),
                    Agents = table.Column<string>(type: "text", maxLength: 8000, nullable: false, defaultValue: "", collation: "C"),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false),
                    ChangedAt = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_auth_profiles", x => x.ProfileId);
                });

            migrationBuilder.CreateTable(
                name: "calls",
                columns: table => new
                {
                    CallId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    RequestId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Tool = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Module = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ActorSubject = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ActorName = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Client = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    InputsSha256 = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Status = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ErrorCode = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    ErrorMessage = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    OutputRef = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    ApprovalId = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    ReceiptId = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    StartedAt = table.Column<long>(type: "bigint", nullable: false),
                    FinishedAt = table.Column<long>(type: "bigint", nullable: true),
                    DurationMs = table.Column<double>(type: "double precision", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_calls", x => x.CallId);
                });

            migrationBuilder.CreateTable(
                name: "evidence",
                columns: table => new
                {
                    EvidenceId = table.Column<string>(type: "text", maxLength: 40, nullable: false, collation: "C"),
                    Kind = table.Column<string>(type: "text", maxLength: 20, nullable: false, collation: "C"),
                    Repo = table.Column<string>(type: "text", maxLength: 201, nullable: false, collation: "C"),
                    RunId = table.Column<long>(type: "bigint", nullable: false),
                    RunAttempt = table.Column<int>(type: "integer", nullable: false),
                    HeadSha = table.Column<string>(type: "text", maxLength: 64, nullable: false, collation: "C"),
                    Workflow = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Name = table.Column<string>(type: "text", maxLength: 300, nullable: false, collation: "C"),
                    ArtifactId = table.Column<long>(type: "bigint", nullable: false),
                    ContentSha256 = table.Column<string>(type: "text", maxLength: 64, nullable: false, collation: "C"),
                    ManifestRef = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Files = table.Column<int>(type: "integer", nullable: false),
                    Rejected = table.Column<int>(type: "integer", nullable: false),
                    Bytes = table.Column<long>(type: "bigint", nullable: false),
                    Redactions = table.Column<long>(type: "bigint", nullable: false),
                    CreatedBy = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_evidence", x => x.EvidenceId);
                });

            migrationBuilder.CreateTable(
                name: "finding_labels",
                columns: table => new
                {
                    Repo = table.Column<string>(type: "text", maxLength: 201, nullable: false, collation: "C"),
                    FindingId = table.Column<string>(type: "text", maxLength: 40, nullable: false, collation: "C"),
                    Profile = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Rule = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Outcome = table.Column<string>(type: "text", maxLength: 20, nullable: false, collation: "C"),
                    BySubject = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ByName = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    At = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_finding_labels", x => new { x.Repo, x.FindingId });
                });

            migrationBuilder.CreateTable(
                name: "finding_sets",
                columns: table => new
                {
                    FindingsId = table.Column<string>(type: "text", maxLength: 40, nullable: false, collation: "C"),
                    EvidenceId = table.Column<string>(type: "text", maxLength: 40, nullable: false, collation: "C"),
                    Repo = table.Column<string>(type: "text", maxLength: 201, nullable: false, collation: "C"),
                    RunId = table.Column<long>(type: "bigint", nullable: false),
                    HeadSha = table.Column<string>(type: "text", maxLength: 64, nullable: false, collation: "C"),
                    Profile = table.Column<string>(type: "text", maxLength: 40, nullable: false, collation: "C"),
                    Dedupe = table.Column<string>(type: "text", maxLength: 20, nullable: false, collation: "C"),
                    BaseId = table.Column<string>(type: "text", maxLength: 40, nullable: true, collation: "C"),
                    Count = table.Column<int>(type: "integer", nullable: false),
                    S1 = table.Column<int>(type: "integer", nullable: false),
                    S2 = table.Column<int>(type: "integer", nullable: false),
                    S3 = table.Column<int>(type: "integer", nullable: false),
                    S4 = table.Column<int>(type: "integer", nullable: false),
                    New = table.Column<int>(type: "integer", nullable: true),
                    Fixed = table.Column<int>(type: "integer", nullable: true),
                    ObjectRef = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Sha256 = table.Column<string>(type: "text", maxLength: 64, nullable: false, collation: "C"),
                    FindingKeys = table.Column<byte[]>(type: "bytea", nullable: false),
                    CreatedBy = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_finding_sets", x => x.FindingsId);
                });

            migrationBuilder.CreateTable(
                name: "freezes",
                columns: table => new
                {
                    FreezeId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    FrozenAt = table.Column<long>(type: "bigint", nullable: false),
                    FrozenBySubject = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    FrozenByName = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Reason = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    LiftedAt = table.Column<long>(type: "bigint", nullable: true),
                    LiftedBySubject = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    LiftedByName = table.Column<string>(type: "text", nullable: false, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_freezes", x => x.FreezeId);
                });

            migrationBuilder.CreateTable(
                name: "identity_changes",
                columns: table => new
                {
                    ChangeId = table.Column<string>(type: "text", maxLength: 40, nullable: false, collation: "C"),
                    At = table.Column<long>(type: "bigint", nullable: false),
                    BySubject = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ByName = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    AboutSubject = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    AboutName = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    What = table.Column<string>(type: "text", maxLength: 1500, nullable: false, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_changes", x => x.ChangeId);
                });

            migrationBuilder.CreateTable(
                name: "jobs",
                columns: table => new
                {
                    JobId = table.Column<string>(type: "text", maxLength: 40, nullable: false, collation: "C"),
                    Module = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Kind = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Status = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Progress = table.Column<double>(type: "double precision", nullable: false),
                    Step = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ArgumentsJson = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ResultRef = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Error = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Cancelled = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    RequestedBy = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    RequestedByName = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    IdempotencyKey = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Attempt = table.Column<int>(type: "integer", nullable: false),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false),
                    StartedAt = table.Column<long>(type: "bigint", nullable: true),
                    FinishedAt = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_jobs", x => x.JobId);
                });

            migrationBuilder.CreateTable(
                name: "log_checkpoints",
                columns: table => new
                {
                    Size = table.Column<long>(type: "bigint", nullable: false),
                    Root = table.Column<byte[]>(type: "bytea", maxLength: 32, nullable: false),
                    Note = table.Column<string>(type: "text", nullable: false, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_log_checkpoints", x => x.Size);
                });

            migrationBuilder.CreateTable(
                name: "log_identity",
                columns: table => new
                {
                    Id = table.Column<int>(type: "integer", nullable: false),
                    Origin = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Vkey = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_log_identity", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "log_nodes",
                columns: table => new
                {
                    Position = table.Column<long>(type: "bigint", nullable: false),
                    Hash = table.Column<byte[]>(type: "bytea", maxLength: 32, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_log_nodes", x => x.Position);
                });

            migrationBuilder.CreateTable(
                name: "operators",
                columns: table => new
                {
                    OperatorId = table.Column<string>(type: "text", maxLength: 40, nullable: false, collation: "C"),
                    UserName = table.Column<string>(type: "text", maxLength: 64, nullable: false, collation: "C"),
                    DisplayName = table.Column<string>(type: "text", maxLength: 100, nullable: false, collation: "C"),
                    PasswordHash = table.Column<string>(type: "text", maxLength: 400, nullable: true, collation: "C"),
                    SecurityStamp = table.Column<string>(type: "text", maxLength: 64, nullable: false, collation: "C"),
                    FailedAttempts = table.Column<int>(type: "integer", nullable: false),
                    LockedUntil = table.Column<long>(type: "bigint", nullable: true),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false),
                    LastSignInAt = table.Column<long>(type: "bigint", nullable: true),
                    DisabledAt = table.Column<long>(type: "bigint", nullable: true),
                    Groups = table.Column<string>(type: "text", maxLength: 1000, nullable: false, collation: "C"),
                    Role = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    Issuer = table.Column<string>(type: "text", maxLength: 400, nullable: true, collation: "C"),
                    IssuerSubject = table.Column<string>(type: "text", maxLength: 255, nullable: true, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_operators", x => x.OperatorId);
                });

            migrationBuilder.CreateTable(
                name: "receipts",
                columns: table => new
                {
                    LeafIndex = table.Column<long>(type: "bigint", nullable: false),
                    ReceiptId = table.Column<string>(type: "text", maxLength: 40, nullable: false, collation: "C"),
                    Bytes = table.Column<byte[]>(type: "bytea", nullable: false),
                    Sha256 = table.Column<string>(type: "text", maxLength: 64, nullable: false, collation: "C"),
                    Kind = table.Column<string>(type: "text", maxLength: 20, nullable: false, collation: "C"),
                    OperationId = table.Column<string>(type: "text", maxLength: 40, nullable: false, collation: "C"),
                    Tool = table.Column<string>(type: "text", maxLength: 100, nullable: false, collation: "C"),
                    Target = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Requester = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    DecidedBy = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Decision = table.Column<string>(type: "text", maxLength: 40, nullable: false, collation: "C"),
                    State = table.Column<string>(type: "text", maxLength: 40, nullable: false, collation: "C"),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_receipts", x => x.LeafIndex);
                });

            migrationBuilder.CreateTable(
                name: "release_note_versions",
                columns: table => new
                {
                    NotesId = table.Column<string>(type: "text", maxLength: 40, nullable: false, collation: "C"),
                    Number = table.Column<int>(type: "integer", nullable: false),
                    MarkdownRef = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Sha256 = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Size = table.Column<long>(type: "bigint", nullable: false),
                    CreatedBy = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    CreatedByName = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_release_note_versions", x => new { x.NotesId, x.Number });
                });

            migrationBuilder.CreateTable(
                name: "release_notes",
                columns: table => new
                {
                    NotesId = table.Column<string>(type: "text", maxLength: 40, nullable: false, collation: "C"),
                    Repo = table.Column<string>(type: "text", maxLength: 210, nullable: false, collation: "C"),
                    FromName = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    ToName = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ToSha = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    FallbackUsed = table.Column<bool>(type: "boolean", nullable: false),
                    GroupBy = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    PrLinks = table.Column<bool>(type: "boolean", nullable: false),
                    Total = table.Column<int>(type: "integer", nullable: false),
                    OnLines = table.Column<int>(type: "integer", nullable: false),
                    Lines = table.Column<int>(type: "integer", nullable: false),
                    Excluded = table.Column<int>(type: "integer", nullable: false),
                    Missing = table.Column<int>(type: "integer", nullable: false),
                    Breaking = table.Column<int>(type: "integer", nullable: false),
                    DocumentRef = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    DocumentSha256 = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    DocumentSize = table.Column<long>(type: "bigint", nullable: false),
                    CreatedBy = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    CreatedByName = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_release_notes", x => x.NotesId);
                });

            migrationBuilder.CreateTable(
                name: "release_operation_assets",
                columns: table => new
                {
                    OperationId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Position = table.Column<int>(type: "integer", nullable: false),
                    Name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Size = table.Column<long>(type: "bigint", nullable: false),
                    Sha256 = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    State = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    AssetId = table.Column<long>(type: "bigint", nullable: true),
                    Error = table.Column<string>(type: "text", nullable: true, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_release_operation_assets", x => new { x.OperationId, x.Position });
                });

            migrationBuilder.CreateTable(
                name: "release_operations",
                columns: table => new
                {
                    OperationId = table.Column<string>(type: "text", maxLength: 40, nullable: false, collation: "C"),
                    Repository = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    RepositoryId = table.Column<long>(type: "bigint", nullable: false),
                    Tag = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Fingerprint = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Mark = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ReleaseId = table.Column<long>(type: "bigint", nullable: true),
                    ReleaseUrl = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    State = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Error = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    RequestedByName = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false),
                    FinishedAt = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_release_operations", x => x.OperationId);
                });

            migrationBuilder.CreateTable(
                name: "scan_schedule_changes",
                columns: table => new
                {
                    ChangeId = table.Column<string>(type: "text", maxLength: 40, nullable: false, collation: "C"),
                    At = table.Column<long>(type: "bigint", nullable: false),
                    BySubject = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ByName = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ScheduleId = table.Column<string>(type: "text", maxLength: 40, nullable: false, collation: "C"),
                    ScheduleName = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    What = table.Column<string>(type: "text", maxLength: 1500, nullable: false, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_scan_schedule_changes", x => x.ChangeId);
                });

            migrationBuilder.CreateTable(
                name: "scan_schedules",
                columns: table => new
                {
                    ScheduleId = table.Column<string>(type: "text", maxLength: 40, nullable: false, collation: "C"),
                    Name = table.Column<string>(type: "text", maxLength: 100, nullable: false, collation: "C"),
                    Url = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ArgumentsJson = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Cron = table.Column<string>(type: "text", maxLength: 200, nullable: false, collation: "C"),
                    TimeZone = table.Column<string>(type: "text", maxLength: 100, nullable: false, collation: "C"),
                    Enabled = table.Column<bool>(type: "boolean", nullable: false),
                    NextAt = table.Column<long>(type: "bigint", nullable: true),
                    LastAt = table.Column<long>(type: "bigint", nullable: true),
                    LastScanId = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Problem = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_scan_schedules", x => x.ScheduleId);
                });

            migrationBuilder.CreateTable(
                name: "scan_trend",
                columns: table => new
                {
                    ScanId = table.Column<string>(type: "text", maxLength: 40, nullable: false, collation: "C"),
                    Viewport = table.Column<string>(type: "text", maxLength: 40, nullable: false, collation: "C"),
                    Site = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ScheduleId = table.Column<string>(type: "text", maxLength: 40, nullable: true, collation: "C"),
                    FinishedAt = table.Column<long>(type: "bigint", nullable: false),
                    Performance = table.Column<double>(type: "double precision", nullable: true),
                    Accessibility = table.Column<double>(type: "double precision", nullable: true),
                    BestPractices = table.Column<double>(type: "double precision", nullable: true),
                    Seo = table.Column<double>(type: "double precision", nullable: true),
                    Fcp = table.Column<double>(type: "double precision", nullable: true),
                    Lcp = table.Column<double>(type: "double precision", nullable: true),
                    Tbt = table.Column<double>(type: "double precision", nullable: true),
                    Cls = table.Column<double>(type: "double precision", nullable: true),
                    SpeedIndex = table.Column<double>(type: "double precision", nullable: true),
                    Ttfb = table.Column<double>(type: "double precision", nullable: true),
                    WireBytes = table.Column<double>(type: "double precision", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_scan_trend", x => new { x.ScanId, x.Viewport });
                });

            migrationBuilder.CreateTable(
                name: "scans",
                columns: table => new
                {
                    ScanId = table.Column<string>(type: "text", maxLength: 40, nullable: false, collation: "C"),
                    JobId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Url = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Profile = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ViewportSet = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Pages = table.Column<int>(type: "integer", nullable: false),
                    S1 = table.Column<int>(type: "integer", nullable: false),
                    S2 = table.Column<int>(type: "integer", nullable: false),
                    S3 = table.Column<int>(type: "integer", nullable: false),
                    S4 = table.Column<int>(type: "integer", nullable: false),
                    NewFindings = table.Column<int>(type: "integer", nullable: true),
                    FixedFindings = table.Column<int>(type: "integer", nullable: true),
                    Verdict = table.Column<string>(type: "text", maxLength: 20, nullable: true, collation: "C"),
                    ScheduleId = table.Column<string>(type: "text", maxLength: 40, nullable: true, collation: "C"),
                    ReportRef = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    ReportSha256 = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    ReportSize = table.Column<long>(type: "bigint", nullable: false),
                    ZipRef = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    ZipSha256 = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    ZipSize = table.Column<long>(type: "bigint", nullable: false),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false),
                    FinishedAt = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_scans", x => x.ScanId);
                });

            migrationBuilder.CreateTable(
                name: "secrets",
                columns: table => new
                {
                    Name = table.Column<string>(type: "text", maxLength: 200, nullable: false, collation: "C"),
                    MasterKeyId = table.Column<string>(type: "text", maxLength: 16, nullable: false, collation: "C"),
                    KeyNonce = table.Column<byte[]>(type: "bytea", nullable: false),
                    WrappedKey = table.Column<byte[]>(type: "bytea", nullable: false),
                    Nonce = table.Column<byte[]>(type: "bytea", nullable: false),
                    Ciphertext = table.Column<byte[]>(type: "bytea", nullable: false),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_secrets", x => x.Name);
                });

            migrationBuilder.CreateTable(
                name: "standing_rules",
                columns: table => new
                {
                    StandingRuleId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    AgentSubject = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    AgentName = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Tool = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Target = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Arguments = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    CreatedBySubject = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    CreatedByName = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false),
                    ExpiresAt = table.Column<long>(type: "bigint", nullable: false),
                    MaxUses = table.Column<int>(type: "integer", nullable: false),
                    Uses = table.Column<int>(type: "integer", nullable: false),
                    EndedAt = table.Column<long>(type: "bigint", nullable: true),
                    EndedByName = table.Column<string>(type: "text", nullable: false, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_standing_rules", x => x.StandingRuleId);
                });

            migrationBuilder.CreateTable(
                name: "triage_drafts",
                columns: table => new
                {
                    DraftId = table.Column<string>(type: "text", maxLength: 40, nullable: false, collation: "C"),
                    JobId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Repo = table.Column<string>(type: "text", maxLength: 201, nullable: false, collation: "C"),
                    PrNumber = table.Column<long>(type: "bigint", nullable: false),
                    PrTitle = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    HeadSha = table.Column<string>(type: "text", maxLength: 64, nullable: false, collation: "C"),
                    BaseBranch = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    FailedRuns = table.Column<int>(type: "integer", nullable: false),
                    Causes = table.Column<int>(type: "integer", nullable: false),
                    Findings = table.Column<int>(type: "integer", nullable: false),
                    New = table.Column<int>(type: "integer", nullable: true),
                    Flaky = table.Column<int>(type: "integer", nullable: false),
                    NotAnnotated = table.Column<int>(type: "integer", nullable: false),
                    Labels = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Version = table.Column<int>(type: "integer", nullable: false),
                    FactsRef = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    FindingsId = table.Column<string>(type: "text", maxLength: 40, nullable: true, collation: "C"),
                    BaseFindingsId = table.Column<string>(type: "text", maxLength: 40, nullable: true, collation: "C"),
                    CreatedBy = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false),
                    FinishedAt = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_triage_drafts", x => x.DraftId);
                });

            migrationBuilder.CreateTable(
                name: "triage_requests",
                columns: table => new
                {
                    ApprovalId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    DraftId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Version = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_triage_requests", x => x.ApprovalId);
                });

            migrationBuilder.CreateTable(
                name: "triage_versions",
                columns: table => new
                {
                    DraftId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Number = table.Column<int>(type: "integer", nullable: false),
                    Markdown = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Sha256 = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    BySubject = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ByName = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    At = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_triage_versions", x => new { x.DraftId, x.Number });
                });

            migrationBuilder.CreateTable(
                name: "webhook_deliveries",
                columns: table => new
                {
                    Sequence = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    DeliveryId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    TargetKey = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    TargetHost = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Type = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ApprovalId = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Body = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    State = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Attempts = table.Column<int>(type: "integer", nullable: false),
                    NextAt = table.Column<long>(type: "bigint", nullable: false),
                    LastStatus = table.Column<int>(type: "integer", nullable: true),
                    LastError = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    LastAt = table.Column<long>(type: "bigint", nullable: true),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false),
                    DeliveredAt = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_webhook_deliveries", x => x.Sequence);
                });

            migrationBuilder.CreateTable(
                name: "audit_event_raw",
                columns: table => new
                {
                    EventId = table.Column<long>(type: "bigint", nullable: false),
                    Content = table.Column<byte[]>(type: "bytea", nullable: false),
                    Packed = table.Column<bool>(type: "boolean", nullable: false),
                    Sha256 = table.Column<byte[]>(type: "bytea", fixedLength: true, maxLength: 32, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_event_raw", x => x.EventId);
                    table.ForeignKey(
                        name: "FK_audit_event_raw_audit_events_EventId",
                        column: x => x.EventId,
                        principalTable: "audit_events",
                        principalColumn: "EventId",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "passkeys",
                columns: table => new
                {
                    CredentialId = table.Column<byte[]>(type: "bytea", maxLength: 1023, nullable: false),
                    OperatorId = table.Column<string>(type: "text", maxLength: 40, nullable: false, collation: "C"),
                    Name = table.Column<string>(type: "text", maxLength: 60, nullable: false, collation: "C"),
                    PublicKey = table.Column<byte[]>(type: "bytea", nullable: false),
                    SignCount = table.Column<long>(type: "bigint", nullable: false),
                    Transports = table.Column<string>(type: "text", maxLength: 200, nullable: false, collation: "C"),
                    IsBackupEligible = table.Column<bool>(type: "boolean", nullable: false),
                    IsBackedUp = table.Column<bool>(type: "boolean", nullable: false),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false),
                    LastUsedAt = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_passkeys", x => x.CredentialId);
                    table.ForeignKey(
                        name: "FK_passkeys_operators_OperatorId",
                        column: x => x.OperatorId,
                        principalTable: "operators",
                        principalColumn: "OperatorId",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "sign_in_links",
                columns: table => new
                {
                    TokenHash = table.Column<string>(type: "text", maxLength: 64, nullable: false, collation: "C"),
                    OperatorId = table.Column<string>(type: "text", maxLength: 40, nullable: false, collation: "C"),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false),
                    ExpiresAt = table.Column<long>(type: "bigint", nullable: false),
                    UsedAt = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_sign_in_links", x => x.TokenHash);
                    table.ForeignKey(
                        name: "FK_sign_in_links_operators_OperatorId",
                        column: x => x.OperatorId,
                        principalTable: "operators",
                        principalColumn: "OperatorId",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "IX_agents_KeyHash",
                table: "agents",
                column: "KeyHash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_agents_Name",
                table: "agents",
                column: "Name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_approval_rules_RemovedAt",
                table: "approval_rules",
                column: "RemovedAt");

            migrationBuilder.CreateIndex(
                name: "IX_approval_votes_ApprovalId_PayloadSha256_Subject",
                table: "approval_votes",
                columns: new[] { "ApprovalId", "PayloadSha256", "Subject" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_approvals_RequesterSubject_IdempotencyKey",
                table: "approvals",
                columns: new[] { "RequesterSubject", "IdempotencyKey" },
                unique: true,
                filter: "\"IdempotencyKey\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_approvals_RequesterSubject_Tool_AskedSha256",
                table: "approvals",
                columns: new[] { "RequesterSubject", "Tool", "AskedSha256" });

            migrationBuilder.CreateIndex(
                name: "IX_approvals_State_ApprovalId",
                table: "approvals",
                columns: new[] { "State", "ApprovalId" });

            migrationBuilder.CreateIndex(
                name: "IX_approvals_State_ExpiresAt",
                table: "approvals",
                columns: new[] { "State", "ExpiresAt" });

            migrationBuilder.CreateIndex(
                name: "IX_approvals_Tool_ApprovalId",
                table: "approvals",
                columns: new[] { "Tool", "ApprovalId" });

            migrationBuilder.CreateIndex(
                name: "IX_audit_alert_changes_AlertId",
                table: "audit_alert_changes",
                column: "AlertId");

            migrationBuilder.CreateIndex(
                name: "IX_audit_alert_events_EventId",
                table: "audit_alert_events",
                column: "EventId");

            migrationBuilder.CreateIndex(
                name: "IX_audit_alert_snoozes_RuleId_Until",
                table: "audit_alert_snoozes",
                columns: new[] { "RuleId", "Until" });

            migrationBuilder.CreateIndex(
                name: "IX_audit_alerts_Fingerprint_Slot",
                table: "audit_alerts",
                columns: new[] { "Fingerprint", "Slot" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_audit_alerts_RuleId_AlertId",
                table: "audit_alerts",
                columns: new[] { "RuleId", "AlertId" });

            migrationBuilder.CreateIndex(
                name: "IX_audit_alerts_State_AlertId",
                table: "audit_alerts",
                columns: new[] { "State", "AlertId" });

            migrationBuilder.CreateIndex(
                name: "IX_audit_coverage_Feed_Kind_Name",
                table: "audit_coverage",
                columns: new[] { "Feed", "Kind", "Name" });

            migrationBuilder.CreateIndex(
                name: "IX_audit_coverage_From_Feed",
                table: "audit_coverage",
                columns: new[] { "From", "Feed" });

            migrationBuilder.CreateIndex(
                name: "IX_audit_event_comments_EventId",
                table: "audit_event_comments",
                column: "EventId");

            migrationBuilder.CreateIndex(
                name: "IX_audit_event_tags_Tag_EventId",
                table: "audit_event_tags",
                columns: new[] { "Tag", "EventId" });

            migrationBuilder.CreateIndex(
                name: "IX_audit_event_words_Words",
                table: "audit_event_words",
                column: "Words")
                .Annotation("Npgsql:IndexMethod", "gin");

            migrationBuilder.CreateIndex(
                name: "IX_audit_events_Key",
                table: "audit_events",
                column: "Key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_audit_rule_changes_RuleId",
                table: "audit_rule_changes",
                column: "RuleId");

            migrationBuilder.CreateIndex(
                name: "IX_audit_rule_hits_EventId",
                table: "audit_rule_hits",
                column: "EventId");

            migrationBuilder.CreateIndex(
                name: "IX_audit_rules_Starter",
                table: "audit_rules",
                column: "Starter",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_auth_profiles_Name",
                table: "auth_profiles",
                column: "Name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_calls_ActorSubject",
                table: "calls",
                column: "ActorSubject");

            migrationBuilder.CreateIndex(
                name: "IX_calls_Status",
                table: "calls",
                column: "Status");

            migrationBuilder.CreateIndex(
                name: "IX_calls_Tool",
                table: "calls",
                column: "Tool");

            migrationBuilder.CreateIndex(
                name: "IX_evidence_Repo_HeadSha",
                table: "evidence",
                columns: new[] { "Repo", "HeadSha" });

            migrationBuilder.CreateIndex(
                name: "IX_evidence_Repo_RunId_RunAttempt_Kind_Name_ContentSha256",
                table: "evidence",
                columns: new[] { "Repo", "RunId", "RunAttempt", "Kind", "Name", "ContentSha256" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_finding_labels_Profile_Rule",
                table: "finding_labels",
                columns: new[] { "Profile", "Rule" });

            migrationBuilder.CreateIndex(
                name: "IX_finding_sets_EvidenceId",
                table: "finding_sets",
                column: "EvidenceId");

            migrationBuilder.CreateIndex(
                name: "IX_finding_sets_Repo_FindingsId",
                table: "finding_sets",
                columns: new[] { "Repo", "FindingsId" });

            migrationBuilder.CreateIndex(
                name: "IX_freezes_LiftedAt",
                table: "freezes",
                column: "LiftedAt");

            migrationBuilder.CreateIndex(
                name: "IX_identity_changes_AboutSubject",
                table: "identity_changes",
                column: "AboutSubject");

            migrationBuilder.CreateIndex(
                name: "IX_jobs_CreatedAt",
                table: "jobs",
                column: "CreatedAt");

            migrationBuilder.CreateIndex(
                name: "IX_jobs_RequestedBy_IdempotencyKey",
                table: "jobs",
                columns: new[] { "RequestedBy", "IdempotencyKey" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_jobs_Status",
                table: "jobs",
                column: "Status");

            migrationBuilder.CreateIndex(
                name: "IX_operators_Issuer_IssuerSubject",
                table: "operators",
                columns: new[] { "Issuer", "IssuerSubject" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_operators_UserName",
                table: "operators",
                column: "UserName",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_passkeys_OperatorId",
                table: "passkeys",
                column: "OperatorId");

            migrationBuilder.CreateIndex(
                name: "IX_receipts_Kind_LeafIndex",
                table: "receipts",
                columns: new[] { "Kind", "LeafIndex" });

            migrationBuilder.CreateIndex(
                name: "IX_receipts_OperationId_LeafIndex",
                table: "receipts",
                columns: new[] { "OperationId", "LeafIndex" });

            migrationBuilder.CreateIndex(
                name: "IX_receipts_ReceiptId",
                table: "receipts",
                column: "ReceiptId",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_receipts_State_LeafIndex",
                table: "receipts",
                columns: new[] { "State", "LeafIndex" });

            migrationBuilder.CreateIndex(
                name: "IX_receipts_Tool_LeafIndex",
                table: "receipts",
                columns: new[] { "Tool", "LeafIndex" });

            migrationBuilder.CreateIndex(
                name: "IX_release_notes_Repo",
                table: "release_notes",
                column: "Repo");

            migrationBuilder.CreateIndex(
                name: "IX_release_operations_Mark",
                table: "release_operations",
                column: "Mark");

            migrationBuilder.CreateIndex(
                name: "IX_release_operations_RepositoryId_Tag",
                table: "release_operations",
                columns: new[] { "RepositoryId", "Tag" });

            migrationBuilder.CreateIndex(
                name: "IX_scan_schedule_changes_ScheduleId",
                table: "scan_schedule_changes",
                column: "ScheduleId");

            migrationBuilder.CreateIndex(
                name: "IX_scan_schedules_Name",
                table: "scan_schedules",
                column: "Name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_scan_trend_ScheduleId_ScanId",
                table: "scan_trend",
                columns: new[] { "ScheduleId", "ScanId" });

            migrationBuilder.CreateIndex(
                name: "IX_scan_trend_Site_ScanId",
                table: "scan_trend",
                columns: new[] { "Site", "ScanId" });

            migrationBuilder.CreateIndex(
                name: "IX_scans_JobId",
                table: "scans",
                column: "JobId",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_scans_ScheduleId",
                table: "scans",
                column: "ScheduleId");

            migrationBuilder.CreateIndex(
                name: "IX_secrets_MasterKeyId",
                table: "secrets",
                column: "MasterKeyId");

            migrationBuilder.CreateIndex(
                name: "IX_sign_in_links_OperatorId",
                table: "sign_in_links",
                column: "OperatorId");

            migrationBuilder.CreateIndex(
                name: "IX_standing_rules_AgentSubject_Tool_ExpiresAt",
                table: "standing_rules",
                columns: new[] { "AgentSubject", "Tool", "ExpiresAt" });

            migrationBuilder.CreateIndex(
                name: "IX_triage_drafts_JobId",
                table: "triage_drafts",
                column: "JobId",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_triage_drafts_Repo_PrNumber",
                table: "triage_drafts",
                columns: new[] { "Repo", "PrNumber" });

            migrationBuilder.CreateIndex(
                name: "IX_triage_requests_DraftId",
                table: "triage_requests",
                column: "DraftId");

            migrationBuilder.CreateIndex(
                name: "IX_webhook_deliveries_DeliveryId",
                table: "webhook_deliveries",
                column: "DeliveryId",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_webhook_deliveries_State_TargetKey_Sequence",
                table: "webhook_deliveries",
                columns: new[] { "State", "TargetKey", "Sequence" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "agents");

            migrationBuilder.DropTable(
                name: "approval_payloads");

            migrationBuilder.DropTable(
                name: "approval_rules");

            migrationBuilder.DropTable(
                name: "approval_votes");

            migrationBuilder.DropTable(
                name: "approvals");

            migrationBuilder.DropTable(
                name: "audit_actor_counts");

            migrationBuilder.DropTable(
                name: "audit_actors");

            migrationBuilder.DropTable(
                name: "audit_alert_changes");

            migrationBuilder.DropTable(
                name: "audit_alert_events");

            migrationBuilder.DropTable(
                name: "audit_alert_snoozes");

            migrationBuilder.DropTable(
                name: "audit_alerts");

            migrationBuilder.DropTable(
                name: "audit_coverage");

            migrationBuilder.DropTable(
                name: "audit_event_arrivals");

            migrationBuilder.DropTable(
                name: "audit_event_comments");

            migrationBuilder.DropTable(
                name: "audit_event_counts");

            migrationBuilder.DropTable(
                name: "audit_event_kinds");

            migrationBuilder.DropTable(
                name: "audit_event_raw");

            migrationBuilder.DropTable(
                name: "audit_event_tags");

            migrationBuilder.DropTable(
                name: "audit_event_words");

            migrationBuilder.DropTable(
                name: "audit_feeds");

            migrationBuilder.DropTable(
                name: "audit_rule_changes");

            migrationBuilder.DropTable(
                name: "audit_rule_hits");

            migrationBuilder.DropTable(
                name: "audit_rules");

            migrationBuilder.DropTable(
                name: "audit_services");

            migrationBuilder.DropTable(
                name: "audit_sources");

            migrationBuilder.DropTable(
                name: "auth_profiles");

            migrationBuilder.DropTable(
                name: "calls");

            migrationBuilder.DropTable(
                name: "evidence");

            migrationBuilder.DropTable(
                name: "finding_labels");

            migrationBuilder.DropTable(
                name: "finding_sets");

            migrationBuilder.DropTable(
                name: "freezes");

            migrationBuilder.DropTable(
                name: "identity_changes");

            migrationBuilder.DropTable(
                name: "jobs");

            migrationBuilder.DropTable(
                name: "log_checkpoints");

            migrationBuilder.DropTable(
                name: "log_identity");

            migrationBuilder.DropTable(
                name: "log_nodes");

            migrationBuilder.DropTable(
                name: "passkeys");

            migrationBuilder.DropTable(
                name: "receipts");

            migrationBuilder.DropTable(
                name: "release_note_versions");

            migrationBuilder.DropTable(
                name: "release_notes");

            migrationBuilder.DropTable(
                name: "release_operation_assets");

            migrationBuilder.DropTable(
                name: "release_operations");

            migrationBuilder.DropTable(
                name: "scan_schedule_changes");

            migrationBuilder.DropTable(
                name: "scan_schedules");

            migrationBuilder.DropTable(
                name: "scan_trend");

            migrationBuilder.DropTable(
                name: "scans");

            migrationBuilder.DropTable(
                name: "secrets");

            migrationBuilder.DropTable(
                name: "sign_in_links");

            migrationBuilder.DropTable(
                name: "standing_rules");

            migrationBuilder.DropTable(
                name: "triage_drafts");

            migrationBuilder.DropTable(
                name: "triage_requests");

            migrationBuilder.DropTable(
                name: "triage_versions");

            migrationBuilder.DropTable(
                name: "webhook_deliveries");

            migrationBuilder.DropTable(
                name: "audit_events");

            migrationBuilder.DropTable(
                name: "operators");
        }
    }
}
