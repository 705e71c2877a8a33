using System.ComponentModel.DataAnnotations;

namespace SmallTalk.Server.Cluster;

/// <summary>Configuration section <c>SmallTalk:Nats</c>: how nodes that share a store hear of each other.</summary>
sealed class NatsOptions
{
    public const string Section = "SmallTalk:Nats";

    /// <summary>Of the servers of one NATS, separated by commas: <c>nats://a:4222,nats://b:4222</c>. Empty: this node is the only one.</summary>
    public string Urls { get; set; } = "";

    /// <summary>What all subjects begin with: several clusters can share one NATS.</summary>
    [RegularExpression("[A-Za-z0-9_-]{1,64}")]
    public string Subject { get; set; } = "smalltalk";
}
