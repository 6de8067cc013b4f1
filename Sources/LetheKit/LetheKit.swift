// The one import of an application: everything that it calls, from the parts that make up Lethe.
@_exported public import LetheAudit
@_exported public import LetheCompliance
@_exported public import LethePolicies
@_exported public import LetheProjections
@_exported public import LetheStore
@_exported public import LetheSystem
