using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace OmniAudit.Modules.Storage.Migrations
{
    /// <inheritdoc />
    public partial class AdminOps : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "audit_actor_counts",
                columns: table => new
                {
                    ServiceId = table.Column<long>(type: "INTEGER", nullable: false),
                    Day = table.Column<int>(type: "INTEGER", nullable: false),
                    ActorId = table.Column<long>(type: "INTEGER", nullable: false),
                    Events = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_actor_counts", x => new { x.ServiceId, x.Day, x.ActorId });
                });

            migrationBuilder.CreateTable(
                name: "audit_actors",
                columns: table => new
                {
                    ActorId = table.Column<long>(type: "INTEGER", nullable: false),
                    Actor = table.Column<string>(type: "TEXT", maxLength: 300, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_actors", x => x.ActorId);
                });

            migrationBuilder.CreateTable(
                name: "audit_alert_changes",
                columns: table => new
                {
                    ChangeId = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    AlertId = table.Column<long>(type: "INTEGER", nullable: false),
                    At = table.Column<long>(type: "INTEGER", nullable: false),
                    By = table.Column<string>(type: "TEXT", nullable: false),
                    ByName = table.Column<string>(type: "TEXT", nullable: false),
                    What = table.Column<string>(type: "TEXT", nullable: false),
                    Reason = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_alert_changes", x => x.ChangeId);
                });

            migrationBuilder.CreateTable(
                name: "audit_alert_events",
                columns: table => new
                {
                    AlertId = table.Column<long>(type: "INTEGER", nullable: false),
                    EventId = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_alert_events", x => new { x.AlertId, x.EventId });
                });

            migrationBuilder.CreateTable(
                name: "audit_alert_snoozes",
                columns: table => new
                {
                    SnoozeId = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    RuleId = table.Column<string>(type: "TEXT", maxLength: 40, nullable: false),
                    Fingerprint = table.Column<string>(type: "TEXT", maxLength: 32, nullable: true),
                    Until = table.Column<long>(type: "INTEGER", nullable: false),
                    Reason = table.Column<string>(type: "TEXT", nullable: false),
                    By = table.Column<string>(type: "TEXT", nullable: false),
                    ByName = table.Column<string>(type: "TEXT", nullable: false),
                    At = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_alert_snoozes", x => x.SnoozeId);
                });

            migrationBuilder.CreateTable(
                name: "audit_alerts",
                columns: table => new
                {
                    AlertId = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    RuleId = table.Column<string>(type: "TEXT", maxLength: 40, nullable: false),
                    RuleName = table.Column<string>(type: "TEXT", nullable: false),
                    Severity = table.Column<string>(type: "TEXT", nullable: false),
                    Fingerprint = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    Slot = table.Column<long>(type: "INTEGER", nullable: false),
                    Group = table.Column<string>(type: "TEXT", nullable: false),
                    State = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    Suppressed = table.Column<string>(type: "TEXT", nullable: true),
                    SnoozedUntil = table.Column<long>(type: "INTEGER", nullable: true),
                    SnoozeReason = table.Column<string>(type: "TEXT", nullable: true),
                    Events = table.Column<long>(type: "INTEGER", nullable: false),
                    FirstEventId = table.Column<long>(type: "INTEGER", nullable: false),
                    LastEventId = table.Column<long>(type: "INTEGER", nullable: false),
                    RaisedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    ChangedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    ClosedAt = table.Column<long>(type: "INTEGER", nullable: true),
                    HandledByName = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_alerts", x => x.AlertId);
                });

            migrationBuilder.CreateTable(
                name: "audit_coverage",
                columns: table => new
                {
                    Number = table.Column<long>(type: "INTEGER", nullable: false),
                    Source = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    Feed = table.Column<string>(type: "TEXT", maxLength: 60, nullable: false),
                    Kind = table.Column<string>(type: "TEXT", maxLength: 10, nullable: false),
                    State = table.Column<string>(type: "TEXT", maxLength: 10, nullable: false),
                    Name = table.Column<string>(type: "TEXT", maxLength: 300, nullable: false),
                    From = table.Column<long>(type: "INTEGER", nullable: false),
                    To = table.Column<long>(type: "INTEGER", nullable: false),
                    SettledTo = table.Column<long>(type: "INTEGER", nullable: false),
                    Listed = table.Column<int>(type: "INTEGER", nullable: false),
                    Read = table.Column<int>(type: "INTEGER", nullable: false),
                    Stored = table.Column<int>(type: "INTEGER", nullable: false),
                    Duplicates = table.Column<int>(type: "INTEGER", nullable: false),
                    Refused = table.Column<int>(type: "INTEGER", nullable: false),
                    Sha256 = table.Column<string>(type: "TEXT", nullable: false),
                    Reason = table.Column<string>(type: "TEXT", nullable: false),
                    By = table.Column<string>(type: "TEXT", nullable: false),
                    At = table.Column<long>(type: "INTEGER", nullable: false),
                    Previous = table.Column<byte[]>(type: "BLOB", fixedLength: true, maxLength: 32, nullable: false),
                    Hash = table.Column<byte[]>(type: "BLOB", fixedLength: true, maxLength: 32, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_coverage", x => x.Number);
                });

            migrationBuilder.CreateTable(
                name: "audit_event_arrivals",
                columns: table => new
                {
                    ArrivalId = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    EventId = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_event_arrivals", x => x.ArrivalId);
                });

            migrationBuilder.CreateTable(
                name: "audit_event_comments",
                columns: table => new
                {
                    CommentId = table.Column<string>(type: "TEXT", maxLength: 40, nullable: false),
                    EventId = table.Column<long>(type: "INTEGER", nullable: false),
                    Text = table.Column<string>(type: "TEXT", nullable: false),
                    By = table.Column<string>(type: "TEXT", nullable: false),
                    ByName = table.Column<string>(type: "TEXT", nullable: false),
                    At = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_event_comments", x => x.CommentId);
                });

            migrationBuilder.CreateTable(
                name: "audit_event_counts",
                columns: table => new
                {
                    Step = table.Column<int>(type: "INTEGER", nullable: false),
                    At = table.Column<int>(type: "INTEGER", nullable: false),
                    KindId = table.Column<long>(type: "INTEGER", nullable: false),
                    Events = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_event_counts", x => new { x.Step, x.At, x.KindId });
                });

            migrationBuilder.CreateTable(
                name: "audit_event_kinds",
                columns: table => new
                {
                    KindId = table.Column<long>(type: "INTEGER", nullable: false),
                    Source = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    Service = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    Operation = table.Column<string>(type: "TEXT", maxLength: 1000, nullable: false),
                    Outcome = table.Column<int>(type: "INTEGER", nullable: false),
                    Result = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_event_kinds", x => x.KindId);
                });

            migrationBuilder.CreateTable(
                name: "audit_event_tags",
                columns: table => new
                {
                    EventId = table.Column<long>(type: "INTEGER", nullable: false),
                    Tag = table.Column<string>(type: "TEXT", maxLength: 50, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_event_tags", x => new { x.EventId, x.Tag });
                });

            migrationBuilder.CreateTable(
                name: "audit_events",
                columns: table => new
                {
                    EventId = table.Column<long>(type: "INTEGER", nullable: false),
                    Key = table.Column<byte[]>(type: "BLOB", fixedLength: true, maxLength: 16, nullable: false),
                    Tenant = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    Source = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    SourceId = table.Column<string>(type: "TEXT", maxLength: 300, nullable: false),
                    IngestedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    Service = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    RecordType = table.Column<int>(type: "INTEGER", nullable: true),
                    Category = table.Column<string>(type: "TEXT", nullable: true),
                    Operation = table.Column<string>(type: "TEXT", maxLength: 1000, nullable: false),
                    Outcome = table.Column<int>(type: "INTEGER", nullable: false),
                    ResultRaw = table.Column<string>(type: "TEXT", nullable: true),
                    ResultCode = table.Column<string>(type: "TEXT", nullable: true),
                    ActorKind = table.Column<string>(type: "TEXT", nullable: false),
                    ActorId = table.Column<string>(type: "TEXT", nullable: true),
                    ActorUpn = table.Column<string>(type: "TEXT", nullable: true),
                    ActorDisplay = table.Column<string>(type: "TEXT", nullable: true),
                    Ip = table.Column<string>(type: "TEXT", nullable: true),
                    Port = table.Column<int>(type: "INTEGER", nullable: true),
                    UserAgent = table.Column<string>(type: "TEXT", nullable: true),
                    Details = table.Column<string>(type: "TEXT", nullable: false),
                    CorrelationId = table.Column<string>(type: "TEXT", maxLength: 300, nullable: true),
                    ClientApp = table.Column<string>(type: "TEXT", nullable: true),
                    Geo = table.Column<string>(type: "TEXT", nullable: true),
                    Summary = table.Column<string>(type: "TEXT", nullable: false),
                    Severity = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_events", x => x.EventId);
                });

            migrationBuilder.CreateTable(
                name: "audit_feeds",
                columns: table => new
                {
                    Feed = table.Column<string>(type: "TEXT", maxLength: 60, nullable: false),
                    Source = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    SettledTo = table.Column<long>(type: "INTEGER", nullable: true),
                    SubscribedAt = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_feeds", x => x.Feed);
                });

            migrationBuilder.CreateTable(
                name: "audit_rule_changes",
                columns: table => new
                {
                    ChangeId = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    RuleId = table.Column<string>(type: "TEXT", maxLength: 40, nullable: false),
                    RuleName = table.Column<string>(type: "TEXT", nullable: false),
                    At = table.Column<long>(type: "INTEGER", nullable: false),
                    By = table.Column<string>(type: "TEXT", nullable: false),
                    ByName = table.Column<string>(type: "TEXT", nullable: false),
                    What = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_rule_changes", x => x.ChangeId);
                });

            migrationBuilder.CreateTable(
                name: "audit_rule_hits",
                columns: table => new
                {
                    RuleId = table.Column<string>(type: "TEXT", maxLength: 40, nullable: false),
                    Group = table.Column<byte[]>(type: "BLOB", fixedLength: true, maxLength: 16, nullable: false),
                    EventId = table.Column<long>(type: "INTEGER", nullable: false),
                    Member = table.Column<int>(type: "INTEGER", nullable: false),
                    Value = table.Column<string>(type: "TEXT", maxLength: 300, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_rule_hits", x => new { x.RuleId, x.Group, x.EventId, x.Member });
                });

            migrationBuilder.CreateTable(
                name: "audit_rules",
                columns: table => new
                {
                    RuleId = table.Column<string>(type: "TEXT", maxLength: 40, nullable: false),
                    Revision = table.Column<long>(type: "INTEGER", nullable: false),
                    Kind = table.Column<string>(type: "TEXT", nullable: false),
                    Name = table.Column<string>(type: "TEXT", nullable: false),
                    Enabled = table.Column<bool>(type: "INTEGER", nullable: false),
                    Definition = table.Column<string>(type: "TEXT", nullable: false),
                    SigmaId = table.Column<string>(type: "TEXT", nullable: false),
                    Author = table.Column<string>(type: "TEXT", nullable: false),
                    Starter = table.Column<string>(type: "TEXT", maxLength: 100, nullable: true),
                    Problem = table.Column<string>(type: "TEXT", nullable: false),
                    Hits = table.Column<long>(type: "INTEGER", nullable: false),
                    LastHitAt = table.Column<long>(type: "INTEGER", nullable: true),
                    LastAlertAt = table.Column<long>(type: "INTEGER", nullable: true),
                    CreatedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    ChangedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    ChangedBy = table.Column<string>(type: "TEXT", nullable: false),
                    ChangedByName = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_rules", x => x.RuleId);
                });

            migrationBuilder.CreateTable(
                name: "audit_services",
                columns: table => new
                {
                    Service = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_services", x => x.Service);
                });

            migrationBuilder.CreateTable(
                name: "audit_sources",
                columns: table => new
                {
                    Source = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    StartedAt = table.Column<long>(type: "INTEGER", nullable: true),
                    FinishedAt = table.Column<long>(type: "INTEGER", nullable: true),
                    SucceededAt = table.Column<long>(type: "INTEGER", nullable: true),
                    ErrorClass = table.Column<string>(type: "TEXT", nullable: true),
                    ErrorWords = table.Column<string>(type: "TEXT", nullable: true),
                    Failures = table.Column<int>(type: "INTEGER", nullable: false),
                    NextAt = table.Column<long>(type: "INTEGER", nullable: true),
                    ReconciledAt = table.Column<long>(type: "INTEGER", nullable: true),
                    JobId = table.Column<string>(type: "TEXT", maxLength: 40, nullable: true),
                    Read = table.Column<long>(type: "INTEGER", nullable: false),
                    Stored = table.Column<long>(type: "INTEGER", nullable: false),
                    Lease = table.Column<string>(type: "TEXT", maxLength: 60, nullable: true),
                    LeaseUntil = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_sources", x => x.Source);
                });

            migrationBuilder.CreateTable(
                name: "audit_event_raw",
                columns: table => new
                {
                    EventId = table.Column<long>(type: "INTEGER", nullable: false),
                    Content = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Packed = table.Column<bool>(type: "INTEGER", nullable: false),
                    Sha256 = table.Column<byte[]>(type: "BLOB", fixedLength: true, maxLength: 32, nullable: false)
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
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
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
                name: "audit_events");
        }
    }
}
